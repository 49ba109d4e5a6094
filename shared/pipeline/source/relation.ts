import { type Columns, literal, literals, quoted, textOf } from '../../features/sql.ts';
import type { Workbench } from '../workbench.ts';
import type { CsvFile } from './careful.ts';
import { placesOf } from './columns.ts';
import type { Header } from './csv.ts';
import type { ExportFile } from './files.ts';
import type { TableName } from './source-error.ts';

/** A table as SQL: a relation with the columns that are read, by their names of the data contract, and their types. */
export interface Relation {
  readonly from: string;
  readonly columns: Columns;
}

/** A file of a table with its own relation. */
export interface Part extends Relation {
  readonly name: string;
}

/**
 * RFC 4180; a line may be 4 MiB long and is read through a buffer of 16 MiB. Never `parallel = false`: it loses, without a
 * word, all rows after a quote that is not closed.
 */
const CSV =
  "auto_detect = false, header = true, comment = '', hive_partitioning = false, delim = ',', quote = '\"', escape = '\"', max_line_size = 4194304, buffer_size = 16777216";

const linesOf = ({ plain }: Header): string =>
  `skip = ${plain?.skip ?? 0}, new_line = '${plain?.rowEnd === '\r\n' ? '\\r\\n' : '\\n'}'`;

const selected = (columns: Iterable<readonly [name: string, sql: string]>): string =>
  [...columns].map(([name, sql]) => `${sql} AS ${quoted(name)}`).join(', ');

export const textColumns = (names: Iterable<string>): Columns =>
  new Map([...names].map((name) => [name, 'VARCHAR']));

/** CSV files as DuckDB's reader takes them, every column as text; files of the same header are one call of it. */
export function csvRelation(files: readonly CsvFile[]): Relation {
  const layouts = new Map<string, CsvFile[]>();
  for (const file of files) {
    const { names, plain } = file.header;
    const layout = JSON.stringify([names.length, plain, [...file.places]]);
    layouts.set(layout, [...(layouts.get(layout) ?? []), file]);
  }
  const selects = [...layouts.values()].map((same) => {
    const { header, places } = same[0] as CsvFile;
    const all = header.names.map((_, index) => `'c${index}': 'VARCHAR'`).join(', ');
    const paths = literals(same.map(({ path }) => path));
    const read = `read_csv(${paths}, ${CSV}, ${linesOf(header)}, columns = {${all}})`;
    return `SELECT ${selected([...places].map(([name, index]) => [name, `c${index}`]))} FROM ${read}`;
  });
  const from = `(${selects.join(' UNION ALL BY NAME ')})`;
  return { from, columns: textColumns((files[0] as CsvFile).places.keys()) };
}

/** Names of the columns of a Parquet file as they stand there: DuckDB renames those that differ by case alone. */
async function parquetNames(bench: Workbench, path: string): Promise<string[]> {
  const nodes = await bench.rows(
    `SELECT name, num_children AS children FROM parquet_schema(${literal(path)})`,
  );
  const names: string[] = [];
  // The nodes come depth first: the root, then each column with what it holds.
  let at = 1;
  const skip = (): void => {
    for (let left = Number(nodes[at++]?.['children'] ?? 0); left > 0; left--) skip();
  };
  while (at < nodes.length) {
    names.push(String(nodes[at]?.['name']));
    skip();
  }
  return names;
}

/** The relation of one Parquet file, and where in it the columns stand. @throws SourceError when one is missing */
export async function parquetPart(
  bench: Workbench,
  table: TableName,
  { name, path }: ExportFile,
): Promise<Part & { readonly places: ReadonlyMap<string, number> }> {
  // Older writers do not mark text as text.
  const read = `read_parquet(${literal(path)}, hive_partitioning = false, binary_as_string = true)`;
  const places = placesOf(table, name, await parquetNames(bench, path));
  const found = await bench.rows(`DESCRIBE SELECT * FROM ${read}`);
  const types = [...places].map(([column, at]) => [column, String(found[at]?.['column_type'])] as const);
  const columns = [...places].map(
    ([column, at]) => [column, quoted(String(found[at]?.['column_name']))] as const,
  );
  return { name, from: `(SELECT ${selected(columns)} FROM ${read})`, columns: new Map(types), places };
}

/** Parts of one table as one relation; where their types differ, every column is read as text. */
export function unionOf(parts: readonly Part[]): Relation {
  const [first, ...others] = parts as [Part, ...Part[]];
  const isAlike = others.every(({ columns }) =>
    [...columns].every(([name, type]) => first.columns.get(name) === type),
  );
  const selects = parts.map(({ from, columns }) =>
    isAlike
      ? `SELECT * FROM ${from}`
      : `SELECT ${selected([...columns.keys()].map((name) => [name, textOf(columns, name)]))} FROM ${from}`,
  );
  return {
    from: `(${selects.join(' UNION ALL BY NAME ')})`,
    columns: isAlike ? first.columns : textColumns(first.columns.keys()),
  };
}
