import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DamagedFileError, StoreUnavailableError } from '../../errors.ts';

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

/** True for the error of a file or folder that is not there. */
export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';

/** What the disk refuses, by its word for it: what is wrong, and what to do; `%` is how to choose another folder. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'this process lacks the rights: grant them, or %',
  EPERM: 'this process lacks the rights: grant them, or %',
  EROFS: 'its disk is read-only: %',
  ENOENT: 'it is not there and cannot be made: %',
  ENOTDIR: 'a file stands where a folder should: %',
  EEXIST: 'a file stands where a folder should: %',
  EISDIR: 'a folder stands where a file should: take it away, or %',
  ENAMETOOLONG: 'its name is too long: %',
  ELOOP: 'its links lead in a circle: %',
  ENOSPC: 'its disk is full, of bytes or of files: free room, or %',
  EDQUOT: 'its quota is used up: free room, or %',
  EMFILE: 'too many files are open: try again in a few seconds',
  ENFILE: 'too many files are open: try again in a few seconds',
  EIO: 'its disk fails: try again, then look after it, or %',
};

/** Words of a disk that no network says. */
const OF_DISKS_ALONE = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** A folder that work needs. */
export interface Place {
  /** What it is and where, to begin a sentence with. */
  readonly what: string;
  /** How to choose another one. */
  readonly another: string;
}

/** The folder of a local store. */
export const storePlace = (store: string, folder: string): Place => ({
  what: `The ${store} store in ${folder}`,
  another: 'set LOCAL_DIR to another folder',
});

/** The folder of a run's own files. */
export const temporaryPlace = (): Place => ({
  what: `The temporary folder ${tmpdir()}`,
  another: 'set TMPDIR to another folder',
});

/** What the disk refuses as an error that says what to do; null for an error that is not the disk's. */
export function refusal(
  { what, another }: Place,
  error: unknown,
  code: string | undefined = codeOf(error),
): StoreUnavailableError | null {
  if (code === undefined) return null;
  const isOfSystem = error instanceof Error && 'syscall' in error;
  const why = REFUSALS[code] ?? (isOfSystem ? `its disk says ${code}: look after it, or %` : null);
  if (why === null) return null;
  return new StoreUnavailableError('', error, `${what} cannot be used, ${why.replace('%', another)}.`);
}

/** Runs file work; what the disk refuses becomes StoreUnavailableError, which names the folder. */
export async function onDisk<T>(place: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusal(place, error) ?? error;
  }
}

/** What a full disk says of the temporary folder in the midst of work on the network; null for all else. */
export const fullDisk = (error: unknown): StoreUnavailableError | null =>
  OF_DISKS_ALONE.has(codeOf(error) ?? '') ? refusal(temporaryPlace(), error) : null;

/** The file's bytes, or null when it is not there. */
export async function readOrNull(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The JSON value of a file's bytes. @throws StoreUnavailableError naming a file that is damaged */
export function jsonOf(path: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new DamagedFileError(path);
  }
}

/** Names in a folder, none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Makes a folder and those above it. The `recursive` of Node's mkdir never ends where no folder can be made, as in /proc. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const above = dirname(path);
    if (codeOf(error) === 'ENOENT' && above !== path) {
      await makeFolder(above);
      // Another process may have made it meanwhile.
      await mkdir(path).catch((again: unknown) => {
        if (codeOf(again) !== 'EEXIST') throw again;
      });
    } else if (codeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}

async function besides<T>(
  path: string,
  body: string | Uint8Array,
  place: (part: string) => Promise<T>,
): Promise<T> {
  await makeFolder(dirname(path));
  const part = join(dirname(path), `.${randomUUID()}.part`);
  try {
    await writeFile(part, body);
    return await place(part);
  } finally {
    await rm(part, { force: true });
  }
}

/** Writes a file whole or not at all, replacing what is there. */
export async function replaceFile(path: string, body: string | Uint8Array): Promise<void> {
  await besides(path, body, (part) => rename(part, path));
}

/** Writes a file whole or not at all if there is none of that name; of several writers exactly one gets true. */
export async function createFile(path: string, body: string | Uint8Array): Promise<boolean> {
  return besides(path, body, async (part) => {
    try {
      await link(part, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  });
}
