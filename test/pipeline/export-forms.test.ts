import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { literal } from '../../shared/features/sql.ts';
import { SourceError } from '../../shared/pipeline/source/source-error.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { computed } from '../setup/computed.ts';
import { folder } from '../setup/folders.ts';
import { changed, smallTables, type Tables, writeFiles } from '../setup/small-export.ts';

const good = await computed(await changed(() => ({})), null);
const { users, contents, interaction_events: events } = smallTables();

const lines = (text: string): string[] => text.trimEnd().split('\n');
const joined = (...parts: readonly (readonly string[])[]): string => [...parts.flat(), ''].join('\n');
const halves = (text: string): [header: string, first: string[], second: string[]] => {
  const [header = '', ...rows] = lines(text);
  return [header, rows.slice(0, 5), rows.slice(5)];
};
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const reverse = (row: string): string => row.split(',').reverse().join(',');

const refused = async (source: string): Promise<string> => {
  const error = await computed(source, null).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SourceError);
  return (error as Error).message;
};

describe('an export says the same', () => {
  test.each<[form: string, change: (tables: Tables) => Partial<Tables>]>([
    [
      'with CRLF at the ends of rows',
      (tables) => ({ users: crlf(tables.users), contents: crlf(tables.contents) }),
    ],
    ['with CR at the ends of rows', ({ users: text }) => ({ users: text.replaceAll('\n', '\r') })],
    [
      'with CRLF in a quoted cell and LF at the ends of rows',
      ({ contents: text }) => ({ contents: text.replace('Texte 0', '"Texte\r\n""0"""') }),
    ],
    [
      'with LF in a quoted cell and CRLF at the ends of rows',
      ({ contents: text }) => ({ contents: crlf(text).replace('Texte 0', '"Texte\n0"') }),
    ],
    [
      'with mixed ends of rows',
      ({ interaction_events: text }) => ({
        interaction_events: lines(text)
          .join('\n')
          .replaceAll(/\n(\d*[05],)/g, '\r\n$1'),
      }),
    ],
    ['with a byte order mark', ({ users: text }) => ({ users: `\ufeff${text}` })],
    ['with a blank first line', ({ users: text }) => ({ users: `\n${text}` })],
    ['with a first line of blanks', ({ users: text }) => ({ users: ` \r\n${crlf(text)}` })],
    ['with sep=, as a spreadsheet writes it', ({ users: text }) => ({ users: `sep=,\n${text}` })],
    ['with empty lines between rows', ({ users: text }) => ({ users: text.replaceAll('\n', '\n\n') })],
    [
      'with an unnamed index before the first column',
      ({ users: text }) => ({
        users: lines(text)
          .map((row, i) => `${i === 0 ? '' : i},${row}`)
          .join('\n'),
      }),
    ],
    ['with a comma at the end of each row', ({ users: text }) => ({ users: text.replaceAll('\n', ',\n') })],
    [
      'with a comma at the end of the header alone',
      ({ users: text }) => ({ users: text.replace('\n', ',\n') }),
    ],
    [
      'with a comma at the end of each row but the header',
      ({ users: text }) => ({ users: text.replaceAll('\n', ',\n').replace(',\n', '\n') }),
    ],
    [
      'with a column that is not read twice',
      ({ users: text }) => ({
        users: lines(text)
          .map((row) => `${row},${row.split(',')[1]}`)
          .join('\n'),
      }),
    ],
    [
      'with names of columns in other case and with blanks',
      ({ interaction_events: text, contents: other, users: people }) => ({
        interaction_events: text.replace(
          /^.*/,
          'ID, User_ID ,TYPE,Content_Type,\u00a0content_id,"Created_At "',
        ),
        contents: other.replace('cps', 'CPS'),
        users: people.replace('codepostal', 'CodePostal'),
      }),
    ],
    [
      'with a name of a column over two lines',
      ({ users: text }) => ({ users: text.replace('name', '"name\nof the user"') }),
    ],
    [
      'with cells of an unread column that are not UTF-8',
      ({ users: text }) => ({
        users: latin1(text.replaceAll('DUPONT', 'J\xe9r\xf4me')) as unknown as string,
      }),
    ],
  ])('%s', async (_, change) => {
    const { users: found, report } = await computed(await changed(change), null);
    expect(found).toEqual(good.users);
    expect(report).toEqual(good.report);
  });

  test.each<[form: string, files: Record<string, string | Uint8Array>]>([
    [
      'with parts in another order of columns',
      {
        'users-1.csv': joined([halves(users)[0]], halves(users)[1]),
        'users-2.csv': joined([halves(users)[0], ...halves(users)[2]].map(reverse)),
        'contents.csv': contents,
        'interaction_events.csv': events,
      },
    ],
    [
      'in gzip of several members, one of them empty',
      {
        'users.csv.gz': gzipSync(users),
        'contents.csv.gz': Buffer.concat([gzipSync(contents), gzipSync('')]),
        'interaction_events.csv.gz': Buffer.concat([
          gzipSync(events.slice(0, 500)),
          gzipSync(events.slice(500)),
          Buffer.alloc(64),
        ]),
      },
    ],
  ])('%s', async (_, files) => {
    const { users: found, report } = await computed(join(await writeFiles(files), '*.csv*'), null);
    expect(found).toEqual(good.users);
    expect(report).toEqual(good.report);
  });

  test('whatever the blanks around ids that are no integers: an event counts once', async () => {
    for (const ids of [
      ['12.5', '\u00a012.5', ' 12.5\t'],
      ['1e3', '\u00a01e3'],
      ['a b', ' a b\u2003'],
      ['1_0', '1_0\u00a0'],
    ]) {
      const source = await changed((tables) => ({
        interaction_events: `${tables.interaction_events}${ids
          .map((id) => `${id},1,opened_mail,lettre,,2025-06-20 10:00:00\n`)
          .join('')}`,
      }));
      expect((await computed(source, null)).report.repeated_events).toBe(ids.length - 1);
    }
  });

  test('when cells of 8 MB hold what looks like rows', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `${i},article,"Titre",Texte,1,1,1,1,1`).join('\n');
    const source = await changed((tables) => ({
      contents: tables.contents.replace('Texte 0', `"${rows.replaceAll('"', '""')}"`),
    }));
    expect((await computed(source, null)).users).toEqual(good.users);
  });

  test('when a line is longer than a buffer', async () => {
    const source = await changed((tables) => ({
      contents: tables.contents.replace('Texte 0', 'x'.repeat(20_000_000)),
    }));
    expect((await computed(source, null)).users).toEqual(good.users);
  });

  test('in folders that a pattern names, whatever their names and links', async () => {
    const [csv, root] = [await changed(() => ({})), await folder()];
    for (const name of ['a[1]', 'été 2025']) await cp(csv, join(root, name, 'deep'), { recursive: true });
    await symlink(join(root, 'a[1]', 'deep'), join(root, 'link'));
    for (const pattern of ['a[1]/deep/*.csv', 'été*/**/*.csv', 'l?nk/*.csv', 'lin[k-z]/*.csv'])
      expect((await computed(join(root, pattern), null)).users, pattern).toEqual(good.users);
  });

  test('in a table of one column, with empty lines between its rows', async () => {
    const ids = users
      .split('\n')
      .map((row) => row.split(',')[0])
      .join('\n\n');
    const { report } = await computed(await changed(() => ({ users: ids })), null);
    expect(report).toMatchObject({ users: 8, user_rows: 8, unusable_user_rows: 0 });
  });

  test('in Parquet parts of other types', async () => {
    const [csv, source] = [await changed(() => ({})), await folder()];
    const bench = await Workbench.open('300MB');
    const save = (name: string, from: string, select: string) =>
      bench.run(
        `COPY (SELECT ${select} FROM read_csv(${literal(join(csv, `${from}.csv`))}, all_varchar = true)) TO ${literal(join(source, name))}`,
      );
    await save('users-1.parquet', 'users', '* FROM (FROM').catch(() => undefined);
    await save('users.parquet', 'users', '*');
    await save('contents.parquet', 'contents', '* REPLACE (cps::BOOLEAN AS cps, id::DOUBLE AS id)');
    const events = (where: string, replaced: string) =>
      bench.run(
        `COPY (SELECT * REPLACE (${replaced}) FROM read_csv(${literal(join(csv, 'interaction_events.csv'))}, all_varchar = true) WHERE id::INT ${where}) TO ${literal(join(source, `interaction_events-${where.length}.parquet`))}`,
      );
    await events('< 30', 'user_id::BIGINT AS user_id, created_at::TIMESTAMP AS created_at');
    await events(
      '>= 30',
      `id AS "id", content_id::DOUBLE AS content_id, created_at::TIMESTAMPTZ AS created_at`,
    );
    await bench.close();
    const found = await computed(join(source, '*.parquet'), null);
    expect(found.users).toEqual(good.users);
    expect(found.report).toEqual(good.report);
  });
});

/** Blocked gzip: a member whose header says that it is a block. */
const block = (text: string): Buffer => {
  const member = gzipSync(text);
  const extra = Buffer.from([6, 0, 0x42, 0x43, 2, 0, 0, 0]);
  const head = Buffer.from(member.subarray(0, 10));
  head[3] = 4;
  return Buffer.concat([head, extra, member.subarray(10)]);
};

describe('an export is refused in one sentence', () => {
  test.each<[fault: string, change: (tables: Tables) => Partial<Tables>, message: RegExp]>([
    [
      'when a row has too many cells',
      ({ users: text }) => ({ users: `${text}9,DUPONT,1,2,3,4,5,6,7\n` }),
      /users\.csv cannot be read: line 10 has 9 cells where the header has 8\.$/,
    ],
    [
      'when a row has too few cells',
      ({ users: text }) => ({ users: `${text}9,DUPONT\n` }),
      /users\.csv cannot be read: line 10 has 2 cells where the header has 8\.$/,
    ],
    [
      'when a quote is not doubled',
      ({ contents: text }) => ({ contents: text.replace('Texte 0', '"le "DUPONT" dit"') }),
      /contents\.csv cannot be read: at line 2 a quote inside a quoted cell must be doubled\.$/,
    ],
    [
      'when a quoted cell never ends',
      ({ contents: text }) => ({ contents: text.replace('Texte 0', '"DUPONT') }),
      /contents\.csv cannot be read: at line \d+ the file ends within a quoted cell: a quote is not closed there or before\.$/,
    ],
    [
      'when a column that is read is there twice',
      ({ users: text }) => ({ users: text.replace('name', ' ID') }),
      /users\.csv has 2 columns "id": take out all but one\.$/,
    ],
    [
      'when a flag is no flag',
      ({ contents: text }) => ({ contents: text.replace('Texte 1,0,0', 'Texte 1,0,DUPONT') }),
      /contents\.csv holds in column "sante_mentale" a word that is no flag \(in 1 rows, first in row 2 below the header\)/,
    ],
    [
      'when it is in UTF-16',
      ({ users: text }) => ({ users: Buffer.from(`\ufeff${text}`, 'utf16le') as unknown as string }),
      /users\.csv is in UTF-16: export it in UTF-8\.$/,
    ],
    [
      'when it is a workbook',
      () => ({ users: Buffer.from('PK\x03\x04DUPONT') as unknown as string }),
      /users\.csv is a zip archive or a workbook: export it as CSV\.$/,
    ],
    [
      'when it is compressed and does not say so',
      ({ users: text }) => ({ users: gzipSync(text) as unknown as string }),
      /users\.csv is compressed with gzip: name it \.csv\.gz\.$/,
    ],
    [
      'when a lone CR stands in a cell',
      ({ users: text }) => ({ users: text.replace('DUPONT 3', 'DUP\rONT') }),
      /users\.csv cannot be read: line \d+ has 2 cells where the header has 8\.$/,
    ],
  ])('%s', async (_, change, message) => {
    const said = await refused(await changed(change));
    expect(said).toMatch(message);
    expect(said).not.toMatch(/DUP|ONT/);
  });

  const [header, first, second] = halves(users);
  const others = { 'contents.csv': contents, 'interaction_events.csv': events };
  const parted = (one: string, two: string) => ({ ...others, 'users-1.csv': one, 'users-2.csv': two });
  const zipped = gzipSync(events);

  test.each<[fault: string, files: Record<string, string | Uint8Array>, message: RegExp]>([
    [
      'when a part has no header',
      parted(joined([header], first), joined(second)),
      /users-2\.csv lacks the required column "id"\.$/,
    ],
    [
      'when a part lacks a column',
      parted(joined([header], first), joined([header.replace('codepostal', 'cp')], second)),
      /users-2\.csv lacks the column "codepostal" that .*users-1\.csv has: export both alike\.$/,
    ],
    [
      'when the pattern catches a file that is no table by its name',
      { ...others, 'users.csv': users, 'interaction_events (1).csv': events },
      /catches interaction_events \(1\)\.csv, which by its name is no table/,
    ],
    [
      'when the pattern catches a table in capitals',
      { ...others, 'users.csv': users, 'USERS.csv': users },
      /catches USERS\.csv, which by its name is no table/,
    ],
    [
      'when gzip is cut off',
      { 'users.csv': users, 'contents.csv': contents, 'interaction_events.csv.gz': zipped.subarray(0, -9) },
      /interaction_events\.csv\.gz is damaged, it ends before its compressed data do: export or copy it again\.$/,
    ],
    [
      'when a checksum of gzip is wrong',
      {
        'users.csv': users,
        'contents.csv': contents,
        'interaction_events.csv.gz': Buffer.concat([
          zipped.subarray(0, -8),
          Buffer.alloc(4),
          zipped.subarray(-4),
        ]),
      },
      /interaction_events\.csv\.gz is damaged, its compressed data or checksum are wrong/,
    ],
    [
      'when the last block of blocked gzip is missing',
      { 'users.csv': users, 'contents.csv': contents, 'interaction_events.csv.gz': block(events) },
      /interaction_events\.csv\.gz is damaged, its last block is missing/,
    ],
    [
      'when text follows the compressed data',
      { ...others, 'users.csv.gz': Buffer.concat([gzipSync(users), Buffer.from('DUPONT')]) },
      /users\.csv\.gz is damaged, its compressed data or checksum are wrong/,
    ],
  ])('%s', async (_, files, message) => {
    const said = await refused(join(await writeFiles(files), '*.csv*'));
    expect(said).toMatch(message);
    expect(said).not.toContain('DUPONT');
  });

  test('when a folder holds a second part, or a copy, that is not read', async () => {
    for (const name of ['users-2.csv', 'users (1).csv', 'USERS.csv', 'users - Copie.csv']) {
      const source = await writeFiles({ ...others, 'users.csv': users, [name]: users });
      const said = await refused(source);
      expect(said).toContain(`Beside users.csv there is ${name}`);
    }
    const unrelated = await writeFiles({ ...others, 'users.csv': users, 'users_roles.csv': 'x' });
    expect((await computed(unrelated, null)).users).toEqual(good.users);
  });

  test('when a pattern catches what is no regular file, or one file by two names', async () => {
    const inFolder = async (make: (folder: string, part: string) => Promise<unknown>) => {
      const source = await writeFiles({ ...others, 'users-1.csv': users });
      await make(source, join(source, 'users-2.csv'));
      return refused(join(source, '*.csv'));
    };
    expect(await inFolder((_, part) => mkdir(part))).toMatch(/users-2\.csv is a folder\.$/);
    expect(await inFolder((_, part) => symlink('nowhere', part))).toMatch(
      /users-2\.csv cannot be read: check that/,
    );
    expect(await inFolder((source, part) => symlink(join(source, 'users-1.csv'), part))).toMatch(
      /users-1\.csv and .*users-2\.csv are the same file: take the link away\.$/,
    );
    const other = await writeFiles({ ...others, 'users-1.csv': users, 'users-2.csv.zst': users });
    expect(await refused(join(other, '*'))).toMatch(
      /catches users-2\.csv\.zst, which by its name is no table/,
    );
  });

  test('when zeros stand between the members of gzip', async () => {
    const body = Buffer.concat([
      gzipSync(events.slice(0, 500)),
      Buffer.alloc(512),
      gzipSync(events.slice(500)),
    ]);
    const source = await writeFiles({
      'users.csv': users,
      'contents.csv': contents,
      'interaction_events.csv.gz': body,
    });
    expect(await refused(source)).toMatch(/is damaged, there is a gap in its compressed data/);
  });

  test('when a column of Parquet is there in two cases', async () => {
    const source = await writeFiles(others);
    const bench = await Workbench.open('300MB');
    const path = join(source, 'users.parquet');
    await bench.run(`COPY (SELECT {'id': 1} AS nested, 1 AS "ID", 2 AS x) TO ${literal(path)}`);
    expect((await computed(source, null)).users.size).toBe(1);
    await bench.run(`COPY (SELECT [1] AS list, 1 AS id, 2 AS zq) TO ${literal(path)}`);
    const bytes = await readFile(path);
    for (let at = bytes.indexOf('zq'); at >= 0; at = bytes.indexOf('zq', at + 1)) bytes.write('ID', at);
    await writeFile(path, bytes);
    expect(await refused(source)).toMatch(/users\.parquet has 2 columns "id": take out all but one\.$/);
    await bench.close();
  });

  test('when a page of Parquet is damaged, or text in it is not UTF-8', async () => {
    const source = await folder();
    await mkdir(source, { recursive: true });
    const bench = await Workbench.open('300MB');
    const path = join(source, 'users.parquet');
    await bench.run(
      `COPY (SELECT i AS id, 'DUPONT' || i AS codepostal FROM range(1, 5000) t(i)) TO ${literal(path)} (FORMAT parquet, COMPRESSION uncompressed)`,
    );
    const other = join(source, 'other.parquet');
    await bench.run(
      `COPY (SELECT i AS id, 'DUPONT' || i AS codepostal FROM range(1, 5000) t(i)) TO ${literal(other)} (FORMAT parquet)`,
    );
    await bench.close();
    const bytes = await readFile(path);
    const wrong = Buffer.from(bytes);
    wrong[wrong.indexOf('DUPONT777') + 1] = 0xe9;
    const damaged = (await readFile(other)).fill(0x55, 1000, 4000);
    await rm(other);
    for (const [body, message] of [
      [wrong, /users\.parquet cannot be read, its column "codepostal" holds text that is not UTF-8/],
      [damaged, /users\.parquet cannot be read, its column "\w+" is damaged/],
      [bytes.subarray(0, -50), /users\.parquet is damaged or no Parquet/],
    ] as const) {
      await writeFile(path, body);
      for (const [name, text] of Object.entries(others)) await writeFile(join(source, name), text);
      const said = await refused(source);
      expect(said).toMatch(message);
      expect(said).not.toContain('DUPONT');
    }
  });
});
