import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DamagedFileError, StoreUnavailableError } from '../../errors.ts';

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

/** True for the error of a file or folder that is not there. */
export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';

/** What the disk refuses, by its word for it, in words that help. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'its folder may not be used: give this process the rights',
  EPERM: 'its folder may not be used: give this process the rights',
  EROFS: 'its folder cannot be written to: choose another in LOCAL_DIR',
  ENOTDIR: 'a file stands where its folder should: choose another in LOCAL_DIR',
  EEXIST: 'a file stands where its folder should: choose another in LOCAL_DIR',
  EISDIR: 'a folder stands where its file should: take it away',
  ENOSPC: 'the disk is full: make room',
  EMFILE: 'too many files are open: try again in a few seconds',
  EIO: 'the disk fails: try again, then look after it',
};

/** Runs file work; what the disk refuses becomes StoreUnavailableError. */
export async function onDisk<T>(store: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = REFUSALS[codeOf(error) ?? ''];
    if (why === undefined) throw error;
    throw new StoreUnavailableError(store, error, `The ${store} store cannot be used, ${why}.`);
  }
}

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

async function besides<T>(
  path: string,
  body: string | Uint8Array,
  place: (part: string) => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
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
