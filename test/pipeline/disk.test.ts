import type * as Disk from 'node:fs/promises';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../../shared/errors.ts';
import { enrichContents } from '../../shared/pipeline/enrich.ts';
import type { Table } from '../../shared/pipeline/source/table.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { LocalArtifacts } from '../../shared/storage/local/artifacts.ts';
import { folder } from '../setup/folders.ts';

const refuse = vi.hoisted(() => ({ path: '', code: '' }));

/** The disk, but for one path that it refuses as told: a test that runs as root is refused nothing by rights. */
vi.mock('node:fs/promises', async (original) => {
  const disk = await original<typeof Disk>();
  const refusing =
    <A extends [unknown, ...unknown[]], R>(work: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      refuse.path !== '' && String(args[0]).startsWith(refuse.path)
        ? Promise.reject(
            Object.assign(new Error(`${refuse.code}: refused`), { code: refuse.code, syscall: 'x' }),
          )
        : work(...args);
  return { ...disk, rm: refusing(disk.rm), mkdtemp: refusing(disk.mkdtemp) };
});

const usual = process.env['TMPDIR'];
afterEach(() => {
  Object.assign(refuse, { path: '', code: '' });
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
});

/** A temporary folder of one's own. */
async function ownTemporary(): Promise<string> {
  process.env['TMPDIR'] = await folder();
  return tmpdir();
}

describe('the temporary folder', () => {
  test.each(['EACCES', 'EPERM', 'EBUSY'])(
    'may hold what another user’s killed run left there, which is passed over (%s)',
    async (code) => {
      const { pid } = spawnSync('true');
      const theirs = join(await ownTemporary(), `recompute-${pid}-theirs`);
      await mkdir(theirs);
      Object.assign(refuse, { path: theirs, code });
      await expect((await Workbench.open('200MB')).close()).resolves.toBeUndefined();
    },
  );

  test.each([
    ['ENOSPC', 'its disk is full, of bytes or of files: free room, or set TMPDIR to another folder'],
    ['EDQUOT', 'its quota is used up: free room, or set TMPDIR to another folder'],
    ['EROFS', 'its disk is read-only: set TMPDIR to another folder'],
    ['EACCES', 'this process lacks the rights: grant them, or set TMPDIR to another folder'],
    ['ENXIO', 'its disk says ENXIO: look after it, or set TMPDIR to another folder'],
  ])('that refuses a run (%s) is named, with what to do', async (code, why) => {
    const path = await ownTemporary();
    Object.assign(refuse, { path: join(path, 'recompute-'), code });
    const error = await Workbench.open('200MB').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).message).toBe(`The temporary folder ${path} cannot be used, ${why}.`);
  });

  test('that is not there is named', async () => {
    process.env['TMPDIR'] = join(await folder(), 'nowhere');
    await expect(Workbench.open('200MB')).rejects.toThrow(
      `The temporary folder ${tmpdir()} cannot be used, it is not there and cannot be made: set TMPDIR to another folder.`,
    );
  });
});

describe.skipIf(process.platform !== 'linux')('a temporary folder that fills while a run works', () => {
  const full = () => `The temporary folder ${tmpdir()} cannot be used, its disk is full`;

  test('is named when contents are filed', async () => {
    const at = await folder();
    await symlink('/dev/full', join(at, 'contents.jsonl'));
    const chunk = {
      rowCount: 1,
      columns: { kind: ['fiche-outils'], content_id: [1], title: ['Dyslexie'], markdown: ['La dyslexie'] },
    };
    const bench = {
      folder: at,
      stream: async function* () {
        yield chunk;
      },
    } as unknown as Workbench;
    const columns = new Map([
      ['id', 'BIGINT'],
      ['type', 'VARCHAR'],
      ['markdown', 'VARCHAR'],
    ]);
    const reading = (work: (relation: { from: string; columns: typeof columns }) => Promise<void>) =>
      work({ from: '', columns });
    const contents = { columns, reading } as unknown as Table;
    await expect(enrichContents(bench, new LocalArtifacts(at), 'v1', contents)).rejects.toThrow(full());
  });

  test('is named when an artifact is fetched, and not the store it comes from', async () => {
    const store = new LocalArtifacts(await folder());
    await store.write('v1', 'users.parquet', Buffer.from('users'));
    await expect(store.fetch('v1', 'users.parquet', '/dev/full')).rejects.toThrow(full());
  });
});
