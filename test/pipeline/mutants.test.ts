import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { folder } from '../setup/folders.ts';
import { MUTANTS } from './mutants/rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SEEDS = 22;
// What DuckDB makes of a rule does not depend on Node: on the second Node of a machine they need not run again.
const isSkipped = process.env['SKIP_MUTANTS'] === '1';

/** The first seed in which the pipeline without a rule differs from the oracle, by rule. */
async function firstSeeds(): Promise<Map<string, number | null>> {
  const script = fileURLToPath(new URL('mutants/compare.ts', import.meta.url));
  const argv = ['--import', 'tsx', script, ROOT, await folder(), String(SEEDS)];
  const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', (data: Buffer) => out.push(data.toString()));
  child.stderr.on('data', (data: Buffer) => err.push(data.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(err.join(''));
  return new Map(
    out
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { rule: string; seed: number | null })
      .map(({ rule, seed }) => [rule, seed]),
  );
}

describe.skipIf(isSkipped)('each rule of the data contract', () => {
  test('changes the result of some export when it is switched off: the exports exercise it', async () => {
    const seeds = await firstSeeds();
    expect(MUTANTS.filter(({ rule }) => seeds.get(rule) === undefined)).toEqual([]);
    expect(MUTANTS.filter(({ rule }) => seeds.get(rule) === null).map(({ rule }) => rule)).toEqual([]);
  }, 600_000);
});
