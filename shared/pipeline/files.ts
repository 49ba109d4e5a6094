import { mkdir, readdir, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { literal } from '../features/sql.ts';
import { isBucketUri } from '../storage/bucket-uri.ts';
import { SourceError, type TableName, TABLES } from './source-error.ts';
import type { Workbench } from './workbench.ts';

const ENDINGS = ['.csv', '.csv.gz', '.parquet'] as const;
export type Ending = (typeof ENDINGS)[number];

/** The files of a table, all of one form. */
export interface TableFiles {
  readonly files: readonly string[];
  readonly ending: Ending;
}

/** Letters that DuckDB and shells read as patterns. */
const WILD = /[*?[\]{}]/;

/** The table a file belongs to: `users.csv` exactly, or with a part behind a mark such as `users-01.csv`. */
function tableOf(name: string, parts: boolean): { table: TableName; ending: Ending } | null {
  const ending = ENDINGS.find((one) => name.endsWith(one));
  if (!ending) return null;
  const stem = name.slice(0, -ending.length);
  const table = TABLES.find(
    (one) => stem === one || (parts && stem.startsWith(one) && /^[-_.]/.test(stem.slice(one.length))),
  );
  return table ? { table, ending } : null;
}

async function inFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => join(folder, name));
  } catch (cause) {
    throw new SourceError(
      'source folder',
      `The folder of the exports, ${folder}, cannot be read: check that it exists.`,
      cause,
    );
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Paths under names that hold no pattern: DuckDB would not find a file whose own name looks like one. */
async function plainNames(bench: Workbench, table: TableName, files: readonly string[]): Promise<string[]> {
  return Promise.all(
    files.map(async (file, index) => {
      if (!WILD.test(file)) return file;
      const link = join(bench.folder, `${table}-${index}-${basename(file).replaceAll(/[*?[\]{}]/g, '_')}`);
      await symlink(file, link);
      return link;
    }),
  );
}

/** Every candidate file of a source: a folder, a pattern of files, or a prefix in Cloud Storage. */
async function candidates(bench: Workbench, source: string): Promise<{ paths: string[]; parts: boolean }> {
  if (isBucketUri(source)) {
    const folder = join(bench.folder, 'exports');
    await mkdir(folder, { recursive: true });
    const { fetchExports } = await import('../storage/cloud/exports.ts');
    await fetchExports(source, folder, (name) => tableOf(name, true) !== null);
    return { paths: await inFolder(folder), parts: true };
  }
  if (!WILD.test(source) || (await isFolder(source))) return { paths: await inFolder(source), parts: false };
  const found = await bench.rows(`SELECT file FROM glob(${literal(source)}) ORDER BY file`);
  return { paths: found.map((row) => String(row['file'])), parts: true };
}

/**
 * Finds the files of each table. In a folder a table is one file; by pattern or prefix it may come in parts.
 * @throws SourceError when a table is missing or comes in two forms
 */
export async function findFiles(bench: Workbench, source: string): Promise<Record<TableName, TableFiles>> {
  const { paths, parts } = await candidates(bench, source);
  const found = async (table: TableName): Promise<TableFiles> => {
    const own = paths.filter((path) => tableOf(basename(path), parts)?.table === table).sort();
    const endings = [...new Set(own.map((path) => tableOf(basename(path), parts)?.ending as Ending))];
    const [ending] = endings;
    if (ending === undefined) {
      const wanted = parts
        ? `${table} (as .csv, .csv.gz or .parquet) under ${source}`
        : `${join(source, table)}.csv (or .csv.gz or .parquet)`;
      throw new SourceError(`${table} file`, `The file ${wanted} is missing.`);
    }
    if (endings.length > 1) {
      throw new SourceError(
        `${table} file`,
        `There are ${own.map((path) => basename(path)).join(' and ')} in ${source}: keep one form.`,
      );
    }
    return { files: await plainNames(bench, table, own), ending };
  };
  return {
    users: await found('users'),
    contents: await found('contents'),
    interaction_events: await found('interaction_events'),
  };
}
