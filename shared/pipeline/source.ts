import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Check, ModelRejectedError } from '../errors.ts';
import { literal } from '../features/sql.ts';
import type { Workbench } from './workbench.ts';

/** The three tables of an export and the columns each must have. */
const REQUIRED = {
  users: ['id'],
  contents: ['id', 'type'],
  interaction_events: ['user_id', 'type', 'content_type', 'content_id', 'created_at'],
} as const;

export type TableName = keyof typeof REQUIRED;
export const TABLES = Object.keys(REQUIRED) as TableName[];

/** A table of the export, ready to stand in a FROM clause. */
export interface Table {
  readonly name: TableName;
  readonly file: string;
  readonly from: string;
  readonly columns: ReadonlyMap<string, string>;
}

export type Source = Readonly<Record<TableName, Table>>;

/** The export cannot be used; nothing is published. */
export class SourceError extends ModelRejectedError {
  constructor(check: string, message: string, cause?: unknown) {
    const checks: Check[] = [{ name: check, result: 'FAIL', figure: message }];
    super(message, checks, cause);
  }
}

/** RFC 4180; a line may be 4 MiB long and is read through a buffer of 16 MiB. */
const CSV =
  "header = true, delim = ',', quote = '\"', escape = '\"', max_line_size = 4194304, buffer_size = 16777216";
const ENDINGS = ['.csv', '.csv.gz', '.parquet'];

async function fileOf(folder: string, table: TableName): Promise<string> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new SourceError(
      'source folder',
      `The folder of the exports, ${folder}, cannot be read: check that it exists.`,
      cause,
    );
  }
  const found = ENDINGS.map((ending) => table + ending).filter((name) => names.includes(name));
  if (found.length === 0) {
    throw new SourceError(
      `${table} file`,
      `The file ${join(folder, table)}.csv (or .csv.gz or .parquet) is missing.`,
    );
  }
  if (found.length > 1) {
    throw new SourceError(
      `${table} file`,
      `The folder ${folder} holds both ${found.join(' and ')}: keep one of them.`,
    );
  }
  return join(folder, found[0] as string);
}

/** Message of a DuckDB error without the advice that only fits its own command line. */
const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .split('\n')
    .slice(0, 2)
    .join(' ')
    .trim()
    .replace(/\.$/, '');

async function describe(bench: Workbench, from: string): Promise<Map<string, string>> {
  const rows = await bench.rows(`DESCRIBE SELECT * FROM ${from}`);
  return new Map(rows.map((row) => [String(row['column_name']), String(row['column_type'])]));
}

/** The relation to read a file by. A CSV's columns are all read as text: its dirt is our business, not the reader's. */
async function relation(bench: Workbench, file: string): Promise<string> {
  if (file.endsWith('.parquet')) return `read_parquet(${literal(file)})`;
  const sniffed = `read_csv(${literal(file)}, ${CSV}, all_varchar = true)`;
  const names = [...(await describe(bench, sniffed)).keys()];
  const columns = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
  return `read_csv(${literal(file)}, ${CSV}, auto_detect = false, columns = {${columns}})`;
}

async function openTable(bench: Workbench, folder: string, name: TableName): Promise<Table> {
  const file = await fileOf(folder, name);
  if ((await stat(file)).size === 0) throw new SourceError(`${name} rows`, `The file ${file} is empty.`);
  let from: string;
  let columns: Map<string, string>;
  let any: boolean;
  try {
    from = await relation(bench, file);
    columns = await describe(bench, from);
    any = (await bench.rows(`SELECT 1 AS one FROM ${from} LIMIT 1`)).length > 0;
  } catch (error) {
    throw new SourceError(`${name} file`, `The file ${file} cannot be read: ${reason(error)}.`, error);
  }
  for (const column of REQUIRED[name]) {
    if (!columns.has(column)) {
      throw new SourceError(`${name} columns`, `The file ${file} lacks the required column "${column}".`);
    }
  }
  if (!any) throw new SourceError(`${name} rows`, `The file ${file} holds no rows.`);
  return { name, file, from, columns };
}

/**
 * Opens the three tables of an export folder (CSV, CSV compressed with gzip, or Parquet).
 * @throws SourceError naming the file and column when one is missing, unreadable or empty
 */
export async function openSource(bench: Workbench, folder: string): Promise<Source> {
  const users = await openTable(bench, folder, 'users');
  const contents = await openTable(bench, folder, 'contents');
  const events = await openTable(bench, folder, 'interaction_events');
  return { users, contents, interaction_events: events };
}

/** Kinds of DuckDB errors that a file causes; any other is a fault of ours and goes up as it is. */
const FAULT_OF_FILE =
  /^(IO|Invalid Input|Conversion|Out of Range|Serialization|TProtocolException|HTTP|Permission) ?Error/;

/** Runs SQL over a table of the export; what DuckDB cannot read becomes an error that names the file. */
export async function reading(table: Table, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error) || !FAULT_OF_FILE.test(error.message)) throw error;
    throw new SourceError(
      `${table.name} file`,
      `The file ${table.file} cannot be read: ${reason(error)}.`,
      error,
    );
  }
}
