import { describe, expect, test } from 'vitest';
import { computed } from '../setup/computed.ts';
import { folder } from '../setup/folders.ts';
import { writeNasty } from '../setup/nasty-export.ts';
import { expectedOf } from './oracle.ts';

/** How many exports are compared; `SEEDS=200 npx vitest run test/pipeline/pipeline-oracle.test.ts` compares more. */
const SEEDS = Number(process.env['SEEDS'] ?? 20);

const plain = <T>(users: ReadonlyMap<number, T>): [number, T][] => [...users].sort(([a], [b]) => a - b);
const withoutZeros = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

describe('the pipeline equals the oracle on an export full of dirt', () => {
  test.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i', async (seed) => {
    const { source, files, now, asOf } = await writeNasty(await folder(), seed);
    const expected = await expectedOf(files, { asOf, now });
    const found = await computed(source, asOf === null ? null : new Date(asOf).toISOString(), now);
    const { absent_columns: _absent, first_not_utf8: _first, ...report } = found.report;
    expect(found.asOf).toBe(expected.asOf);
    expect({ ...report, left_out: withoutZeros(report.left_out) }).toEqual(expected.report);
    expect(plain(found.users)).toEqual(plain(expected.users));
  });
});
