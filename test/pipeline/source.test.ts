import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CloudStorageServer } from '../../scripts/emulators/cloud-storage.ts';
import { checkExport } from '../../shared/pipeline/check-export.ts';
import { LocalArtifacts } from '../../shared/storage/local/artifacts.ts';
import { sampleExport } from '../setup/api.ts';
import { folder } from '../setup/folders.ts';

const source = await sampleExport(500);
const deps = {
  artifacts: new LocalArtifacts(await folder()),
  now: () => Date.UTC(2025, 6, 2),
  memory: '500MB',
};
const check = (from: string) =>
  checkExport(deps, { source: from, asOf: null, seed: 1, force: false, idempotencyKey: null });
const whole = await check(source);

describe('a source', () => {
  test('is checked without publishing anything', () => {
    expect(whole.source.users).toBe(500);
    expect(whole.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'users',
        'repeated user ids',
        'contents matched by uses',
        'events left out',
        'time span',
      ]),
    );
  });

  test('may be a pattern, and its tables in parts', async () => {
    const parts = await folder();
    for (const table of ['users', 'contents', 'interaction_events'])
      await cp(join(source, `${table}.csv`), join(parts, `${table}-1.csv`));
    const [header = '', ...rows] = (await readFile(join(source, 'users.csv'), 'utf8')).trimEnd().split('\n');
    await writeFile(join(parts, 'users-1.csv'), [header, ...rows.slice(0, 200), ''].join('\n'));
    await writeFile(join(parts, 'users-2.csv'), [header, ...rows.slice(200), ''].join('\n'));
    expect((await check(join(parts, '*.csv'))).source).toEqual(whole.source);
    await expect(check(parts)).rejects.toThrow(/users\.csv .* is missing/);
    await expect(check(join(parts, 'users*.csv'))).rejects.toThrow(/contents .* is missing/);
  });

  test.each(['with blank', 'à [2025]', "l'export", 'a*b', 'date=2025-07-01'])(
    'may lie in a folder named %s',
    async (name) => {
      const odd = join(await folder(), name);
      await cp(source, odd, { recursive: true });
      expect((await check(odd)).source).toEqual(whole.source);
    },
  );

  test('must not hold a table in two forms', async () => {
    const both = await folder();
    await cp(source, both, { recursive: true });
    await cp(join(source, 'users.csv'), join(both, 'users.csv.gz'));
    await expect(check(both)).rejects.toThrow(/users\.csv and users\.csv\.gz .* keep one form/);
  });

  test('may be a prefix in Cloud Storage, read by the real client', async () => {
    const server = await CloudStorageServer.start();
    for (const name of await readdir(source))
      server.put('exports', `nightly/2025/${name}`, await readFile(join(source, name)));
    server.put('exports', 'nightly/2025/notes.txt', Buffer.from('not a table'));
    process.env['STORAGE_EMULATOR_HOST'] = server.url;
    try {
      expect((await check('gs://exports/nightly/2025')).source).toEqual(whole.source);
      await expect(check('gs://exports/elsewhere')).rejects.toThrow(
        /users .* under gs:\/\/exports\/elsewhere is missing/,
      );
    } finally {
      delete process.env['STORAGE_EMULATOR_HOST'];
      server.stop();
    }
  });

  test('never tells what stands in a line that cannot be read: it may be personal', async () => {
    const torn = await folder();
    await cp(source, torn, { recursive: true });
    const users = await readFile(join(torn, 'users.csv'), 'utf8');
    for (const line of [
      '9999,DUPONT,JEANNE,75001,1,2020-01-01,[],[],[],fr,x,y,one too many\n',
      Buffer.from('9999,DUPONT,JEANNE,J\xe9r\xf4me,2,3,4,5,6,7,8,9\n', 'latin1'),
    ]) {
      await writeFile(join(torn, 'users.csv'), Buffer.concat([Buffer.from(users), Buffer.from(line)]));
      const error = await check(torn).catch((reason: unknown) => reason as Error);
      expect((error as Error).message).toMatch(/users\.csv (cannot be read: )?line 502/);
      expect(JSON.stringify([error, (error as Error).message])).not.toMatch(/DUPONT|JEANNE|J.r.me/);
    }
  });

  test('never tells what stands in a cell of several lines either', async () => {
    const torn = await folder();
    await cp(source, torn, { recursive: true });
    const contents = await readFile(join(torn, 'contents.csv'), 'utf8');
    await writeFile(join(torn, 'contents.csv'), `${contents}9,article,"first\nJEANNE "DUPONT\nsecond,x\n`);
    const error = (await check(torn).catch((caught: unknown) => caught)) as Error;
    expect(error.message).toMatch(/contents\.csv cannot be read: /);
    expect(JSON.stringify([error, error.message])).not.toMatch(/DUPONT|JEANNE|second/);
  });

  test.each([
    [';', 'semicolons'],
    ['\t', 'tabs'],
  ])('separated by %j is told to use commas', async (separator, word) => {
    const other = await folder();
    await cp(source, other, { recursive: true });
    const users = await readFile(join(other, 'users.csv'), 'utf8');
    await writeFile(join(other, 'users.csv'), users.replaceAll(',', separator));
    await expect(check(other)).rejects.toThrow(`separated by ${word}: export it with commas.`);
  });

  test('with lines before its header lacks its columns', async () => {
    const early = await folder();
    await cp(source, early, { recursive: true });
    const users = await readFile(join(early, 'users.csv'), 'utf8');
    await writeFile(join(early, 'users.csv'), `# export\n${users}`);
    await expect(check(early)).rejects.toThrow(/users\.csv/);
  });

  test('that is no folder at all is named', async () => {
    const file = join(await folder(), 'file');
    await writeFile(file, '');
    await mkdir(join(await folder(), 'empty'));
    await expect(check(file)).rejects.toThrow(/is a file: name its folder/);
  });
});
