import { mkdir, readdir, realpath, stat, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isBucketUri } from '../../storage/bucket-uri.ts';
import { onDisk, temporaryPlace } from '../../storage/local/files.ts';
import type { Workbench } from '../workbench.ts';
import { pathsOf } from './pattern.ts';
import { SourceError, type TableName, TABLES } from './source-error.ts';

const ENDINGS = ['.csv', '.csv.gz', '.parquet'] as const;
export type Ending = (typeof ENDINGS)[number];

/** A file of an export: its name as people know it, and the path that is opened. */
export interface ExportFile {
  readonly name: string;
  readonly path: string;
}

/** The files of a table, all of one form. */
export interface TableFiles {
  readonly files: readonly ExportFile[];
  readonly ending: Ending;
}

/** What a source may consist of: its files, and whether a table may come in parts. */
interface Candidates {
  readonly files: readonly ExportFile[];
  readonly parts: boolean;
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

/** A name that differs from a table's by case, numbers, marks and words for a copy or a part alone. */
const ALMOST = new RegExp(
  `^(${TABLES.join('|')})([^a-z]|part|copy|copie|copia|of|final)*\\.(csv|csv\\.gz|parquet)$`,
  'i',
);

async function inFolder(folder: string): Promise<ExportFile[]> {
  try {
    return (await readdir(folder)).map((name) => ({ name: join(folder, name), path: join(folder, name) }));
  } catch (cause) {
    if (/^\w+:\/\//.test(folder)) {
      const message = `The source ${folder} is of no known kind: name a folder, a pattern of files, or gs://bucket/prefix.`;
      throw new SourceError('source folder', message, cause);
    }
    if (
      await stat(folder).then(
        (found) => found.isFile(),
        () => false,
      )
    ) {
      const message = `The source ${folder} is a file: name its folder, or a pattern such as '${join(folder, '..', '*.csv')}'. It cannot be read as a folder.`;
      throw new SourceError('source folder', message, cause);
    }
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

/** @throws SourceError when two names are one file, by a link: its rows would count twice */
async function requireDifferent(table: TableName, files: readonly ExportFile[]): Promise<void> {
  const known = new Map<string, string>();
  for (const { name, path } of files) {
    const real = await realpath(path).catch(() => path);
    const other = known.get(real);
    if (other !== undefined) {
      const message = `The files ${other} and ${name} are the same file: take the link away.`;
      throw new SourceError(`${table} file`, message);
    }
    known.set(real, name);
  }
}

/** Paths that hold no pattern: DuckDB would not find a file whose own name looks like one. */
async function plainPaths(
  bench: Workbench,
  table: TableName,
  ending: Ending,
  files: readonly ExportFile[],
): Promise<ExportFile[]> {
  return Promise.all(
    files.map(async ({ name, path }, index) => {
      if (!WILD.test(path)) return { name, path };
      const link = join(bench.folder, `${table}-${index}${ending}`);
      await onDisk(temporaryPlace(), () => symlink(resolve(path), link));
      return { name, path: link };
    }),
  );
}

/** Copies the tables below a prefix of Cloud Storage; files that are almost a table come along as names alone. */
async function inBucket(bench: Workbench, source: string): Promise<ExportFile[]> {
  const folder = join(bench.folder, 'exports');
  await onDisk(temporaryPlace(), () => mkdir(folder));
  const { fetchExports } = await import('../../storage/cloud/exports.ts');
  const files: ExportFile[] = [];
  await fetchExports(source, folder, (name) => {
    files.push({ name: `${source.replace(/\/$/, '')}/${name}`, path: join(folder, name) });
    return tableOf(name, true) !== null;
  });
  return files;
}

const named = (names: readonly string[]): string =>
  names
    .map((name) => basename(name))
    .slice(0, 3)
    .join(', ') + (names.length > 3 ? ' and others' : '');

/** A file whose name tells that it holds data, in whatever form, or that it is not yet whole. */
const DATA =
  /\.(csv|tsv|parquet|jsonl?|ndjson|avro|orc|xlsx?|ods|arrow|feather)(\.(gz|zst|bz2|xz|zip|lz4|snappy|br|tmp|part|partial))*$/i;

/** @throws SourceError when files of a pattern or prefix may be tables and are not read */
function requireNoOther(source: string, names: readonly string[]): void {
  const strange = names.filter((name) => DATA.test(name) && tableOf(basename(name), true) === null);
  if (strange.length === 0) return;
  throw new SourceError(
    'source files',
    `The pattern ${source} catches ${named(strange)}, which by its name is no table: rename it to ` +
      `${TABLES.join(', ')} or a part such as users-1.csv (or .csv.gz, or .parquet), or narrow the pattern.`,
  );
}

/** Every candidate file of a source: a folder, a pattern of files, or a prefix in Cloud Storage. */
async function candidates(bench: Workbench, source: string): Promise<Candidates> {
  if (isBucketUri(source)) return { files: await inBucket(bench, source), parts: true };
  if (!WILD.test(source) || (await isFolder(source))) return { files: await inFolder(source), parts: false };
  const paths = await pathsOf(source);
  requireNoOther(source, paths);
  return { files: paths.map((path) => ({ name: path, path })), parts: true };
}

/** Files that are not read although their names say that they may be meant. */
const almost = ({ files, parts }: Candidates, table: TableName): string[] =>
  files
    .map(({ name }) => basename(name))
    .filter((name) => ALMOST.exec(name)?.[1]?.toLowerCase() === table && tableOf(name, parts) === null);

/** What to do about such files: a pattern helps where their names are those of parts. */
const advice = (source: string, names: readonly string[]): string =>
  names.every((name) => tableOf(name, true) !== null)
    ? `rename it, take it away, or read parts by a pattern such as '${join(source, '*.csv')}'`
    : 'rename it or take it away';

/**
 * Finds the files of each table. In a folder a table is one file; by pattern or prefix it may come in parts.
 * @throws SourceError when a table is missing or comes in two forms, or a file is there that may be meant as one
 */
export async function findFiles(bench: Workbench, source: string): Promise<Record<TableName, TableFiles>> {
  const all = await candidates(bench, source);
  const { files, parts } = all;
  const found = async (table: TableName): Promise<TableFiles> => {
    const own = files
      .filter(({ name }) => tableOf(basename(name), parts)?.table === table)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const endings = [...new Set(own.map(({ name }) => tableOf(basename(name), parts)?.ending as Ending))];
    const strange = almost(all, table);
    const [ending] = endings;
    if (ending === undefined) {
      const wanted = parts
        ? `${table} (as .csv, .csv.gz or .parquet) under ${source}`
        : `${join(source, table)}.csv (or .csv.gz or .parquet)`;
      const instead = strange.length > 0 ? ` There is ${named(strange)}: ${advice(source, strange)}.` : '';
      throw new SourceError(`${table} file`, `The file ${wanted} is missing.${instead}`);
    }
    if (endings.length > 1) {
      throw new SourceError(
        `${table} file`,
        `There are ${own.map(({ name }) => basename(name)).join(' and ')} in ${source}: keep one form.`,
      );
    }
    if (strange.length > 0) {
      throw new SourceError(
        `${table} file`,
        `Beside ${basename(own[0]?.name ?? '')} there is ${named(strange)} in ${source}, which is not read: ${advice(source, strange)}.`,
      );
    }
    await requireDifferent(table, own);
    return { files: await plainPaths(bench, table, ending, own), ending };
  };
  return {
    users: await found('users'),
    contents: await found('contents'),
    interaction_events: await found('interaction_events'),
  };
}
