import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SourceError } from './source-error.ts';

/** A part of a pattern between two slashes as a regular expression: `*`, `?` and `[…]`. */
function expressionOf(part: string): RegExp {
  const source = part.replaceAll(/\[[!^]?[^\]]+\]|[\s\S]/g, (piece) => {
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    if (piece.length > 1) return piece.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return piece.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  });
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch {
    return new RegExp(`^${part.replaceAll(/[.+^${}()|[\]\\*?]/g, String.raw`\$&`)}$`);
  }
}

/** What is in a folder. @throws SourceError when it may not be looked into: what is there would be missed silently */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const message = `The folder ${folder} cannot be read: check that it exists and that this process has the rights.`;
    throw new SourceError('source folder', message, cause);
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/**
 * Every path that a pattern names, sorted: files, and whatever else has such a name, be it a folder or a broken link, so
 * that nothing that is meant is passed over. `**` stands for any number of folders.
 * @throws SourceError when a folder on the way cannot be read
 */
export async function pathsOf(pattern: string): Promise<string[]> {
  const isAbsolute = pattern.startsWith('/');
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const walk = async (folder: string, rest: readonly string[]): Promise<string[]> => {
    const [part = '', ...further] = rest;
    const isLast = further.length === 0;
    if (!/[*?[\]]/.test(part)) {
      const path = join(folder, part);
      if (!isLast) return walk(path, further);
      return (await lstat(path).catch(() => null)) === null ? [] : [path];
    }
    const entries = await entriesOf(folder);
    if (part === '**') {
      const below = entries.map(({ name }) => join(folder, name));
      const folders = await Promise.all(below.map(isFolder));
      const deeper = below.filter((_, index) => folders[index]);
      const found = await Promise.all(deeper.map((path) => walk(path, rest)));
      return [...(isLast ? below : await walk(folder, further)), ...found.flat()];
    }
    const expression = expressionOf(part);
    const named = entries
      .filter(({ name }) => name === part || (expression.test(name) && !name.startsWith('.')))
      .map(({ name }) => join(folder, name));
    if (isLast) return named;
    const found = await Promise.all(
      named.map(async (path) => ((await isFolder(path)) ? walk(path, further) : [])),
    );
    return found.flat();
  };
  const start = isAbsolute ? '/' : resolve('.');
  return [...new Set(await walk(start, parts))].sort();
}
