import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../shared/features/grammar.ts';
import {
  flagOf,
  integerOf,
  isNumberSaid,
  jsonArrayOf,
  literal,
  said,
  timestampOf,
  yearsOf,
} from '../../shared/features/sql.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { grammarTable } from './grammar-table.ts';

const TEXT = new Map([['cell', 'VARCHAR']]);

/** What DuckDB makes of a cell, by the kind of cell. */
const MEANING: Readonly<Record<keyof typeof EXAMPLES, string>> = {
  text: said('cell'),
  integer: `(${integerOf(TEXT, 'cell')})::VARCHAR`,
  years: `CASE WHEN ${isNumberSaid(`(${said('cell')})`)} AND ${yearsOf(TEXT, 'cell')} IS NULL THEN 'unreadable' ELSE (${yearsOf(TEXT, 'cell')})::VARCHAR END`,
  flag: `coalesce((${flagOf(TEXT, 'cell')})::VARCHAR, 'error')`,
  time: `strftime(${timestampOf(TEXT, 'cell')}, '%Y-%m-%dT%H:%M:%S.%g') || 'Z'`,
  json: `CASE WHEN ${jsonArrayOf(TEXT, 'cell')} IS NULL AND lower(${said('cell')}) <> 'null' THEN 'malformed' ELSE ${jsonArrayOf(TEXT, 'cell')} END`,
};

describe('the grammar of a cell', async () => {
  const bench = await Workbench.open('200MB');
  const cases = Object.entries(EXAMPLES).flatMap(([kind, examples]) =>
    examples.map(([cell, meaning]) => ({ kind: kind as keyof typeof EXAMPLES, cell, meaning })),
  );

  test.each(cases)('$kind $cell is $meaning', async ({ kind, cell, meaning }) => {
    const { value } = await bench.row(
      `SELECT ${MEANING[kind]} AS value FROM (SELECT ${literal(cell)} AS cell)`,
    );
    expect(value).toBe(meaning === null ? null : String(meaning));
  });

  test('stands in the README with all of its examples', () => {
    const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
    const folded = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
    expect(folded(readme)).toContain(folded(grammarTable()));
  });
});
