import { spawnSync } from 'node:child_process';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DamagedFileError, StoreUnavailableError } from '../../shared/errors.ts';
import { LocalArtifacts } from '../../shared/storage/local/artifacts.ts';
import { makeFolder, namesIn, onDisk } from '../../shared/storage/local/files.ts';
import { LocalUsers } from '../../shared/storage/local/users.ts';
import { LeaseHeldError } from '../../shared/storage/users.ts';
import { folder } from '../setup/folders.ts';
import { artifactContract } from './artifacts.contract.ts';
import { userContract } from './users.contract.ts';

artifactContract('a folder', async () => new LocalArtifacts(await folder()));
userContract('a folder', async () => new LocalUsers(await folder()));

test('the pointer lies readable in models/current.json', async () => {
  const path = await folder();
  const pointer = { schema_version: 1, version: 'v1', sequence: 1, computed_at: 'now' } as const;
  await new LocalArtifacts(path).movePointer(pointer, null);
  expect(JSON.parse(await readFile(join(path, 'models', 'current.json'), 'utf8'))).toEqual(pointer);
});

test('a lease whose process died is free at once, one whose process lives is not', async () => {
  const store = new LocalUsers(await folder());
  const { pid } = spawnSync('true');
  await store.acquireLease(`${hostname()}:${pid}:x`, 1000, 1_000_000);
  await store.acquireLease(`${hostname()}:${process.pid}:x`, 1001, 1_000_000);
  await expect(store.acquireLease('other', 1002, 60_000)).rejects.toThrow(LeaseHeldError);
});

test.each([
  // Times of files lag behind the clock by some milliseconds: not just a minute.
  ['over a minute ago', -70_000],
  ['a year ago', -31_536_000_000],
  ['a year from now, under a wrong clock', 31_536_000_000],
])('a lease that was last written %s is free, whatever it says', async (_, ago) => {
  const path = await folder();
  const store = new LocalUsers(path);
  const held = await store.acquireLease(`elsewhere:1:x`, Date.now() + 31_536_000_000, 60_000);
  await expect(store.acquireLease('other', Date.now(), 60_000)).rejects.toThrow(LeaseHeldError);
  const written = new Date(Date.now() + ago);
  await utimes(join(path, 'locks', 'recompute', `${held.token}.json`), written, written);
  expect((await store.acquireLease('other', Date.now(), 60_000)).token).toBe(held.token + 1);
  await expect(store.acquireLease('third', Date.now(), 60_000)).rejects.toThrow(LeaseHeldError);
});

test('a folder that is a file is a store that cannot be reached', async () => {
  const path = join(await folder(), 'file');
  await writeFile(path, '');
  await expect(new LocalArtifacts(path).write('v1', 'a.json', Buffer.from(''))).rejects.toThrow(
    StoreUnavailableError,
  );
  await expect(new LocalUsers(path).get(1)).rejects.toThrow(
    `The user store in ${path} cannot be used, a file stands where a folder should: set LOCAL_DIR to another folder.`,
  );
});

test.each([
  ['EACCES', 'this process lacks the rights: grant them, or choose'],
  ['EROFS', 'its disk is read-only: choose'],
  ['ENOENT', 'it is not there and cannot be made: choose'],
  ['ENOSPC', 'its disk is full, of bytes or of files: free room, or choose'],
  ['EMFILE', 'too many files are open: try again in a few seconds'],
  ['ESTALE', 'its disk says ESTALE: look after it, or choose'],
])(
  'what the disk refuses with %s is one sentence that names the folder and what to do',
  async (code, why) => {
    const refused = () => Promise.reject(Object.assign(new Error(code), { code, syscall: 'write' }));
    const error = await onDisk({ what: 'The folder /x', another: 'choose' }, refused).catch(
      (one: unknown) => one,
    );
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).message).toBe(`The folder /x cannot be used, ${why}.`);
  },
);

test('an error that is not the disk’s goes up as it is', async () => {
  const error = Object.assign(new Error('ours'), { code: 'ERR_ASSERTION' });
  await expect(onDisk({ what: '', another: '' }, () => Promise.reject(error))).rejects.toBe(error);
});

test('folders are made with those above them, by several at once as well', async () => {
  const path = join(await folder(), 'a', 'b', 'c');
  await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(path, 'd'))]);
  expect(await namesIn(path)).toEqual(['d']);
});

test.skipIf(process.platform !== 'linux')(
  'a folder where none can be made is refused, not tried for ever',
  async () => {
    await expect(makeFolder('/proc/nothing/here')).rejects.toThrow('ENOENT');
    await expect(new LocalUsers('/proc/nothing').acquireLease('a', 0, 60_000)).rejects.toThrow(
      'The user store in /proc/nothing cannot be used, it is not there and cannot be made',
    );
  },
);

test.each(['', '{', '{"version":"../../x"}', 'null'])(
  'a pointer that reads %j is named as damaged',
  async (text) => {
    const path = await folder();
    const store = new LocalArtifacts(path);
    await store.movePointer({ schema_version: 1, version: 'v1', sequence: 1, computed_at: 'now' }, null);
    const file = join(path, 'models', '.pointer', '1.json');
    await writeFile(file, text);
    await expect(store.readPointer()).rejects.toThrow(DamagedFileError);
    await expect(store.readPointer()).rejects.toThrow(file);
  },
);

test.each(['garbage\n', '{"user_id":1,"entries":"x"}\n', '{"user_id":1,"entries":[1]}\n', '{"user_id":1,\n'])(
  'users of which a line reads %j are named as damaged, not as unknown',
  async (text) => {
    const path = await folder();
    const store = new LocalUsers(path);
    const entries = [] as const;
    const batches = async function* () {
      yield [{ user_id: 257, entries }];
    };
    await store.write(batches());
    const file = join(path, 'users', '01.ndjson');
    expect(await store.get(1)).toBeNull();
    await writeFile(file, (await readFile(file, 'utf8')) + text);
    await expect(store.get(1)).rejects.toThrow(DamagedFileError);
    await expect(store.get(1)).rejects.toThrow(file);
    expect(await store.get(257)).toEqual({ user_id: 257, entries });
  },
);
