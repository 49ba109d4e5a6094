import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { folder } from '../setup/folders.ts';
import { arrayOf, flagOf, integerOf, timeOf, yearsOf } from './oracle/cells.ts';
import { ARRAYS, CODES, FLAGS, INTEGERS, TIMES, YEARS } from './oracle/cases.ts';
import { PROFILES } from './oracle/profiles.ts';
import { AS_OF, type Content, expected, features, NOW, written } from './oracle/run.ts';
import { academieOfCode } from './oracle/users.ts';
import { expectedOf } from './oracle.ts';

const shown = (cell: unknown): string =>
  typeof cell === 'bigint' ? `${cell} µs` : JSON.stringify(cell).replaceAll('\u200b', '(U+200B)');
const named = <T>(cases: readonly [cell: string | bigint | null, value: T][]) =>
  cases.map(([cell, value]) => ({ name: shown(cell), cell, value }));

describe('the cells of the oracle', () => {
  test.each(named(INTEGERS))('$name as an integer', ({ cell, value }) => {
    expect(integerOf(cell)).toBe(value);
  });

  test.each(named(YEARS))('$name as years', ({ cell, value }) => {
    expect(yearsOf(cell)).toBe(value);
  });

  test.each(named(FLAGS))('$name as a flag', ({ cell, value }) => {
    if (value === 'refused') expect(() => flagOf(cell, 'cps')).toThrow('column cps');
    else expect(flagOf(cell, 'cps')).toBe(value);
  });

  test.each(named(TIMES))('$name as a time', ({ cell, value }) => {
    expect(timeOf(cell)).toBe(value);
  });

  test.each(named(ARRAYS))('$name as a JSON array', ({ cell, value }) => {
    expect(arrayOf(cell)).toEqual(value);
  });

  test.each(CODES)('postal code %s is of académie %s', (code, academie) => {
    expect(academieOfCode(code)).toBe(academie);
  });
});

describe('the users of the oracle', () => {
  test.each(PROFILES)('%s', async (_, columns, profile) => {
    const { users } = await expected({ users: [{ id: ' 1.0 ', ...columns }] });
    expect(users.get(1)).toMatchObject(profile);
  });

  test('only integers from 1 to the largest safe one are ids', async () => {
    const ids = ['0', '-1', 'x', '', 'NULL', '9007199254740992', '9007199254740991', '1'];
    const { users, report } = await expected({ users: ids.map((id) => ({ id, nom: 'x' })) });
    expect([...users.keys()]).toEqual([1, Number.MAX_SAFE_INTEGER]);
    expect(report).toMatchObject({ users: 2, user_rows: 8, unusable_user_rows: 6, repeated_user_rows: 0 });
  });

  test('the latest known created_at stands, then the smallest texts in byte order, null last', async () => {
    const { users, report } = await expected({
      users: [
        { id: 1, created_at: '2020-01-01 10:00:00.000001', anciennete: 1 },
        { id: '1.0', created_at: '2020-01-01 12:00+02', anciennete: 2 },
        { id: '01', created_at: '2026-01-01', anciennete: 3 },
        { id: 2, created_at: '2020-01-01', anciennete: '9' },
        { id: 2, created_at: '01/01/2020', anciennete: ' 10 ' },
        { id: 2, created_at: '1577836800', anciennete: '' },
        { id: 3, created_at: '', codepostal: 'é' },
        { id: 3, created_at: 'hier', codepostal: '75001' },
        { id: 3, created_at: '2099-01-01', codepostal: 'Z' },
      ],
    });
    expect(users.get(1)?.anciennete).toBe(6);
    expect(users.get(2)?.anciennete).toBe(15);
    expect(users.get(3)?.academie).toBe('Paris');
    expect(report).toMatchObject({ users: 3, repeated_user_rows: 6, unreadable_created: 1 });
  });

  test('cells are counted over the users that stand', async () => {
    const { report } = await expected({
      users: [
        { id: 1, created_at: 'hier', anciennete: 'x', json_niveau: "['CP']", json_discipline: '{}' },
        { id: 2, created_at: '2020-01-01', json_niveau: '[' },
        { id: 2, created_at: '2021-01-01', json_niveau: '[]', anciennete: '150' },
        { id: 'x', created_at: 'hier', anciennete: 'x', json_niveau: '[' },
      ],
    });
    expect(report).toMatchObject({ unreadable_created: 1, unreadable_anciennete: 2, malformed_cells: 2 });
  });
});

const HEADER = 'user_id,type,content_type,content_id,created_at';
const ROW = '1,page_view,contenu,12,2025-03-01';

const LAYOUTS: [sentence: string, events: Content][] = [
  ['LF', `${HEADER}\n${ROW}\n${ROW}\n`],
  ['CRLF', `${HEADER}\r\n${ROW}\r\n${ROW}`],
  ['CR', `${HEADER}\r${ROW}\r${ROW}\r`],
  ['mixed row ends and empty lines', `${HEADER}\r\n\r\n${ROW}\n\n${ROW}\r\r`],
  ['a byte order mark, a blank line and sep=,', `\ufeff\nsep=,\n${HEADER}\n${ROW}\n${ROW}\n`],
  ['trailing commas in rows', `${HEADER}\n${ROW},\n${ROW}\n`],
  ['a trailing comma in the header', `${HEADER},\n${ROW}\n${ROW},\n`],
  ['an unnamed column and doubled ones', `,x,${HEADER},x\n0,"a\nb",${ROW},b\n1,"a\r\nb",${ROW},\n`],
  ['names in other case with blanks', `${HEADER.toUpperCase().replaceAll(',', ' ,\t')}\n${ROW}\n${ROW}\n`],
];

describe('the files of the oracle', () => {
  const tables = { users: 'id\n1\n', contents: 'id,type\n12,article\n' };
  const run = async (files: Readonly<Record<string, Content>>) =>
    expectedOf(await written(files), { asOf: AS_OF, now: NOW });

  test.each(LAYOUTS)('CSV with %s is read', async (_, events) => {
    const { report } = await run({ ...tables, interaction_events: events });
    expect(report).toMatchObject({ events: 2, uses: 2, matched_uses: 2 });
    const bytes = Buffer.from(events);
    const members = [bytes.subarray(0, 70), bytes.subarray(70)].map((part) => gzipSync(part));
    const zipped = await run({ ...tables, 'interaction_events.csv.gz': Buffer.concat(members) });
    expect(zipped.report).toEqual(report);
  });

  test('a cell that is not UTF-8 is null, more than one row in a thousand are refused', async () => {
    const broken = (cells: string) => Buffer.from(`${cells}\n`, 'latin1');
    const events = (count: number, ...rows: Buffer[]) =>
      Buffer.concat([Buffer.from(`${HEADER},url\n${`${ROW},\n`.repeat(count)}`), ...rows]);
    const unread = broken(`${ROW},caf\xe9`);
    const read = broken('1,page_view,contenu\xe9,12,2025-03-01,');
    const { report } = await run({ ...tables, interaction_events: events(998, unread, read) });
    expect(report).toMatchObject({ events: 1000, uses: 999, not_utf8: { interaction_events: 1 } });
    await expect(run({ ...tables, interaction_events: events(998, read) })).rejects.toThrow('not UTF-8');
  });

  test('typed Parquet means the same as text', async () => {
    const at = await folder();
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const save = async (name: string, sql: string): Promise<string[]> => {
      await connection.run(`COPY (${sql}) TO '${join(at, name)}.parquet'`);
      return [join(at, `${name}.parquet`)];
    };
    const files = {
      users: await save(
        'users',
        `SELECT * FROM (VALUES
        (7::DOUBLE, 69006.0::DOUBLE, 'NaN'::DOUBLE, TIMESTAMP_NS '2020-05-01 00:00:00.000000999', ['CP', NULL], {nom: 'x'}),
        ('NaN'::DOUBLE, NULL, NULL, NULL, NULL, NULL))
        users(" Id ", CODEPOSTAL, anciennete, created_at, json_niveau, json_discipline)`,
      ),
      contents: await save('contents', `SELECT 5::INTEGER AS id, 'article' AS type, true AS cps`),
      interaction_events: await save(
        'events',
        `SELECT range::DOUBLE AS id, 7::BIGINT AS user_id, 'page_view' AS type, 'Contenu' AS content_type, 5.0::DOUBLE AS content_id,
        [TIMESTAMPTZ '2025-01-01 00:30:00.000001+02:00', TIMESTAMPTZ '1949-12-31 10:00:00+00', NULL][range + 1] AS created_at FROM range(3)`,
      ),
    };
    connection.closeSync();
    const { asOf, users, report } = await expectedOf(files, { asOf: null, now: NOW });
    expect(asOf).toBe('2024-12-31T22:30:00.000Z');
    expect(users).toEqual(
      new Map([
        [
          7,
          {
            features: features([5, 1], [7, 1], [8, 1]),
            anciennete: 4,
            degre: 1,
            academie: 'Lyon',
            niveaux: 'elementaire',
            discipline: null,
          },
        ],
      ]),
    );
    expect(report).toMatchObject({
      unusable_user_rows: 1,
      malformed_cells: 1,
      left_out: { 'unreadable date': 2 },
    });
  });
});
