import { literal, literals } from '../../features/sql.ts';
import type { Workbench } from '../workbench.ts';
import { csvRecords, type Header, utf8Of } from './csv.ts';
import type { ExportFile } from './files.ts';
import { SourceError, type TableName } from './source-error.ts';

/** A CSV file of a table: its header, and where in a row each column stands that is read. */
export interface CsvFile extends ExportFile {
  readonly header: Header;
  readonly places: ReadonlyMap<string, number>;
}

/** Rows with a cell that is not UTF-8, and where the first of them stands. */
export interface NotUtf8 {
  rows: number;
  first: { readonly name: string; readonly line: number } | null;
}

/** Rows, and letters, that are held in memory before they are written. */
const BATCH = 50_000;
const LETTERS = 1 << 25;

/** The cells of a row under its header, or what is wrong with it. */
function fitted(cells: readonly string[], names: readonly string[]): readonly string[] | string {
  const isBlank = (texts: readonly string[]) => texts.every((text) => text.trim() === '');
  const [more, less] = [cells.slice(names.length), names.slice(cells.length)];
  if (isBlank(more) && isBlank(less)) return cells;
  return `has ${cells.length} cells where the header has ${names.length}`;
}

/**
 * Reads a CSV file by the strict reader and lays the columns that are read into Parquet files of the run's own, as text.
 * A cell that is not UTF-8 becomes null and is counted. This is how a file is read that DuckDB's reader refuses.
 * @param notUtf8 what was counted so far; it is added to
 * @returns the relation to read instead
 * @throws SourceError naming file and line when a row is broken
 */
export async function readCarefully(
  bench: Workbench,
  table: TableName,
  file: CsvFile,
  notUtf8: NotUtf8,
): Promise<string> {
  const { header, places } = file;
  const names = [...places.keys()];
  const written: string[] = [];
  let columns = names.map((): (string | null)[] => []);
  let letters = 0;

  const flush = async (): Promise<void> => {
    const path = bench.fileFor(`${table}.parquet`);
    await bench.textTable('careful', names, columns);
    await bench.run(`COPY careful TO ${literal(path)} (FORMAT parquet)`);
    await bench.run('DROP TABLE careful');
    written.push(path);
    columns = names.map(() => []);
    letters = 0;
  };

  const take = (cells: readonly string[], line: number): void => {
    let isUtf8 = true;
    names.forEach((name, index) => {
      const text = utf8Of(cells[places.get(name) as number] ?? '');
      letters += text?.length ?? 0;
      if (text === null) isUtf8 = false;
      columns[index]?.push(text);
    });
    if (isUtf8) return;
    notUtf8.rows++;
    notUtf8.first ??= { name: file.name, line };
  };

  let record = 0;
  for await (const { cells, line } of csvRecords(table, file)) {
    if (++record <= header.records || isStray(cells, header)) continue;
    const row = fitted(cells, header.names);
    if (typeof row === 'string') {
      throw new SourceError(`${table} file`, `The file ${file.name} cannot be read: line ${line} ${row}.`);
    }
    take(row, line);
    if ((columns[0]?.length ?? 0) >= BATCH || letters >= LETTERS) await flush();
  }
  await flush();
  return `read_parquet(${literals(written)}, hive_partitioning = false)`;
}

/** A line of blanks alone between rows of several columns. */
const isStray = (cells: readonly string[], { names }: Header): boolean =>
  cells.length === 1 && names.length > 1 && (cells[0] ?? '').trim() === '';
