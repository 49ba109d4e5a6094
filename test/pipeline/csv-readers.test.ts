import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../shared/pipeline/engine-error.ts';
import { csvRecords, headerOf, utf8Of } from '../../shared/pipeline/source/csv.ts';
import { csvRelation } from '../../shared/pipeline/source/relation.ts';
import { SourceError } from '../../shared/pipeline/source/source-error.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { folder } from '../setup/folders.ts';

const NAMES = ['a', 'b', 'c'];
const PLACES = new Map(NAMES.map((name, index) => [name, index]));

const plainCell = fc.constantFrom('1', '22', 'abc', '', ' ', 'é', "'", '\\N', 'a\u0000');
const quotedCell = fc
  .constantFrom('a,b', 'x\ny', 'x\r\ny', 'x\ry', 'a""b', '', '""', '1,2,3\n4,5,6\n')
  .map((text) => `"${text}"`);
const brokenCell = fc.constantFrom('"', 'a"b', '"a"b', '\r', '"a', '"x\\"y"', '\u001a');
const rowEnd = fc.constantFrom('\n', '\r\n', '\r');

/** A CSV text of three columns; some of its cells, rows and row ends are broken when `chaos` says so. */
const csvText = fc
  .record({ end: rowEnd, chaos: fc.boolean(), before: fc.constantFrom('', '', '\n', 'sep=,\n', ' \r\n') })
  .chain(({ end, chaos, before }) => {
    const cell = chaos
      ? fc.oneof({ weight: 9, arbitrary: plainCell }, { weight: 9, arbitrary: quotedCell }, brokenCell)
      : fc.oneof(plainCell, quotedCell);
    const length = chaos ? fc.constantFrom(3, 3, 3, 3, 2, 4) : fc.constant(3);
    const ends = chaos ? fc.oneof({ weight: 9, arbitrary: fc.constant(end) }, rowEnd) : fc.constant(end);
    const row = length.chain((n) => fc.array(cell, { minLength: n, maxLength: n }));
    const line = fc.tuple(row, ends).map(([cells, mark]) => cells.join(',') + mark);
    return fc
      .tuple(ends, fc.array(line, { minLength: 1, maxLength: 8 }))
      .map(([mark, lines]) => before + NAMES.join(',') + mark + lines.join(''));
  });

const trimmed = (row: readonly unknown[]): string =>
  JSON.stringify(row.map((cell) => (typeof cell === 'string' ? cell.trim() : '')));

/** Rows by the strict reader; null when it refuses the text. */
async function strictly(path: string): Promise<string[] | null> {
  const file = { name: 'x.csv', path };
  try {
    const { records } = await headerOf('users', file);
    const rows: string[] = [];
    let record = 0;
    for await (const { cells } of csvRecords('users', file)) {
      if (++record <= records || (cells.length === 1 && cells[0]?.trim() === '')) continue;
      if (cells.slice(3).some((cell) => cell.trim() !== '') || cells.length < 3) return null;
      rows.push(trimmed(cells.slice(0, 3).map(utf8Of)));
    }
    return rows.sort();
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}

describe('the two readers of CSV', async () => {
  const bench = await Workbench.open('200MB');
  const path = join(await folder(), 'x.csv');
  const file = { name: 'x.csv', path };

  /** Rows by DuckDB's reader; null when it refuses the text, or is not asked because it could lose rows. */
  async function fast(columns: readonly string[]): Promise<string[] | null> {
    const header = await headerOf('users', file).catch(() => null);
    if (!header?.plain || header.names.length !== 3) return null;
    const { from } = csvRelation([{ ...file, header, places: PLACES }]);
    try {
      const rows = await bench.rows(`SELECT ${columns.join(', ')} FROM ${from}`);
      return rows.map((row) => trimmed(columns.map((name) => row[name]))).sort();
    } catch (error) {
      if (error instanceof EngineError && error.fault === 'file') return null;
      throw error;
    }
  }

  test('DuckDB’s reads what the strict one reads, or refuses; whatever columns are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(csvText, async (text) => {
        await writeFile(path, text);
        const strict = await strictly(path);
        for (const columns of [NAMES, ['a'], ['c']]) {
          const read = await fast(columns);
          if (read === null || strict === null) continue;
          const places = columns.map((name) => PLACES.get(name) as number);
          const expected = strict.map((row) => {
            const cells = JSON.parse(row) as string[];
            return JSON.stringify(places.map((place) => cells[place]));
          });
          expect(read).toEqual(expected.sort());
        }
      }),
      { seed: 20250701, numRuns: 400 },
    );
  });

  test('DuckDB’s loses no row that the strict one refuses: a quote that is not closed is an error in both', async () => {
    for (const [rows, before] of [
      ['"x,1,2\n3,4,5\n', ''],
      ['1,2,3\n4,"5,6\n7,8,9\n', 'sep=,\n'],
      ['1,2,"3', '\n'],
    ] as const) {
      await writeFile(path, `${before}a,b,c\n${rows}`);
      for (const columns of [NAMES, ['a'], ['b'], ['c']]) expect(await fast(columns)).toBeNull();
      expect(await strictly(path)).toBeNull();
    }
  });
});
