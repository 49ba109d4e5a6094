import { stat } from 'node:fs/promises';
import { literal, literals } from '../features/sql.ts';
import { findFiles, type TableFiles } from './files.ts';
import { REQUIRED, SourceError, type TableName } from './source-error.ts';
import type { Workbench } from './workbench.ts';

/** A table of the export, ready to stand in a FROM clause. */
export interface Table {
  readonly name: TableName;
  readonly file: string;
  readonly from: string;
  readonly columns: ReadonlyMap<string, string>;
}

export type Source = Readonly<Record<TableName, Table>>;

/** RFC 4180; a line may be 4 MiB long and is read through a buffer of 16 MiB. */
const CSV =
  "header = true, skip = 0, comment = '', hive_partitioning = false, delim = ',', quote = '\"', escape = '\"', max_line_size = 4194304, buffer_size = 16777216";
/** Faults of a CSV line in DuckDB's words, which hold no value. */
const LINE_FAULT =
  /^(Expected Number of Columns: \d+ Found: \d+|Value with unterminated quote found|Invalid unicode .{0,40}detected|Maximum line size of \d+ bytes exceeded)/m;

/** What DuckDB says of a file: the place and the kind of fault, never the line or a value, which may be personal. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const place = /CSV Error on Line: \d+/.exec(text)?.[0];
  if (place !== undefined) return [place, LINE_FAULT.exec(text)?.[1]].filter(Boolean).join(', ');
  const [first = ''] = text.split('\n');
  return first
    .replaceAll(/"[^"]*"|'[^']*'/g, '…')
    .slice(0, 200)
    .trim()
    .replace(/\.$/, '');
}

async function describe(bench: Workbench, from: string): Promise<Map<string, string>> {
  const rows = await bench.rows(`DESCRIBE SELECT * FROM ${from}`);
  return new Map(rows.map((row) => [String(row['column_name']), String(row['column_type'])]));
}

/** Names of a CSV's columns: its first line, whatever the lines below it are like. */
async function headerOf(bench: Workbench, name: TableName, file: string): Promise<string[]> {
  const lines = `read_csv(${literal(file)}, header = false, auto_detect = false, delim = '\\x01', quote = '', escape = '',
    columns = {'line': 'VARCHAR'}, parallel = false, max_line_size = 4194304, hive_partitioning = false)`;
  const [first] = await bench.rows(`SELECT line FROM ${lines} LIMIT 1`);
  const line = String(first?.['line'] ?? '');
  const names = line.split(',');
  const [other] = names.length === 1 ? (/[;\t]/.exec(line) ?? []) : [];
  if (other !== undefined) {
    const word = other === ';' ? 'semicolons' : 'tabs';
    throw new SourceError(
      `${name} columns`,
      `The file ${file} is separated by ${word}: export it with commas.`,
    );
  }
  return names.map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}

/** The relation to read files by. A CSV's columns are all read as text: its dirt is our business, not the reader's. */
async function relation(bench: Workbench, name: TableName, { files, ending }: TableFiles): Promise<string> {
  if (ending === '.parquet') return `read_parquet(${literals(files)}, hive_partitioning = false)`;
  const names = await headerOf(bench, name, files[0] as string);
  const columns = names.map((column) => `${literal(column)}: 'VARCHAR'`).join(', ');
  return `read_csv(${literals(files)}, ${CSV}, auto_detect = false, columns = {${columns}})`;
}

async function openTable(bench: Workbench, name: TableName, table: TableFiles): Promise<Table> {
  const file = table.files.join(', ');
  let from: string;
  let columns: Map<string, string>;
  let any: boolean;
  try {
    for (const one of table.files) {
      const found = await stat(one);
      if (found.isDirectory()) throw new SourceError(`${name} file`, `The file ${one} is a folder.`);
      if (found.size === 0) throw new SourceError(`${name} rows`, `The file ${one} is empty.`);
    }
    from = await relation(bench, name, table);
    columns = await describe(bench, from);
    any = (await bench.rows(`SELECT 1 AS one FROM ${from} LIMIT 1`)).length > 0;
  } catch (error) {
    if (error instanceof SourceError) throw error;
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
 * Opens the three tables of an export (CSV, CSV compressed with gzip, or Parquet).
 * @param source a folder, a pattern of files such as `exports/*.parquet`, or `gs://bucket/prefix`
 * @throws SourceError naming the file and column when one is missing, unreadable or empty
 */
export async function openSource(bench: Workbench, source: string): Promise<Source> {
  const files = await findFiles(bench, source);
  const users = await openTable(bench, 'users', files.users);
  const contents = await openTable(bench, 'contents', files.contents);
  const events = await openTable(bench, 'interaction_events', files.interaction_events);
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
