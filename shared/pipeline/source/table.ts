import { access, constants, stat } from 'node:fs/promises';
import { type Columns, quoted, textOf } from '../../features/sql.ts';
import { EngineError } from '../engine-error.ts';
import type { Workbench } from '../workbench.ts';
import { requireCsv, verifyGzip } from './bytes.ts';
import { type CsvFile, type NotUtf8, readCarefully } from './careful.ts';
import { placesOf, requireSameColumns } from './columns.ts';
import { headerOf } from './csv.ts';
import type { ExportFile, TableFiles } from './files.ts';
import { csvRelation, parquetPart, type Part, type Relation, textColumns, unionOf } from './relation.ts';
import { COLUMNS, SourceError, type TableName } from './source-error.ts';

/** A table of the export, ready to be read. */
export class Table {
  /** Rows with a cell that is not UTF-8: none but where the strict reader had to read. */
  readonly notUtf8: NotUtf8 = { rows: 0, first: null };

  private constructor(
    readonly name: TableName,
    private readonly bench: Workbench,
    private relation: Relation,
    private parts: readonly Part[],
    /** The CSV files, as long as DuckDB's own reader reads them. */
    private csv: readonly CsvFile[] | null,
    private readonly checksums: Promise<void>,
  ) {}

  /** @throws SourceError when a file is unreadable, empty or no table, or lacks a column */
  static async open(bench: Workbench, name: TableName, { files, ending }: TableFiles): Promise<Table> {
    for (const file of files) await requireFile(name, file);
    return ending === '.parquet'
      ? Table.ofParquet(bench, name, files)
      : Table.ofCsv(bench, name, files, ending === '.csv.gz');
  }

  private static async ofParquet(bench: Workbench, name: TableName, files: readonly ExportFile[]) {
    const parts: Awaited<ReturnType<typeof parquetPart>>[] = [];
    for (const file of files) {
      const part = await parquetPart(bench, name, file).catch((error: unknown) => {
        if (!(error instanceof EngineError) || error.fault !== 'file') throw error;
        const message = `The file ${file.name} is damaged or no Parquet: export or copy it again.`;
        throw new SourceError(`${name} file`, message, error);
      });
      parts.push(part);
    }
    requireSameColumns(name, parts);
    return new Table(name, bench, unionOf(parts), parts, null, Promise.resolve());
  }

  private static async ofCsv(
    bench: Workbench,
    name: TableName,
    files: readonly ExportFile[],
    isZipped: boolean,
  ): Promise<Table> {
    const csv: CsvFile[] = [];
    for (const file of files) {
      await requireCsv(name, file);
      const header = await headerOf(name, file);
      csv.push({ ...file, header, places: placesOf(name, file.name, header.names) });
    }
    requireSameColumns(name, csv);
    const checksums = (async () => {
      if (isZipped) for (const file of files) await verifyGzip(name, file);
    })();
    // It is asked for at the end: until then its failure must not end the process.
    checksums.catch(() => undefined);
    const parts = csv.map((file) => ({ name: file.name, ...csvRelation([file]) }));
    const table = new Table(name, bench, csvRelation(csv), parts, csv, checksums);
    if (csv.some(({ header }) => header.plain === null)) await table.readStrictly(csv);
    return table;
  }

  /** Columns that may be there and are not. */
  get absent(): readonly string[] {
    return COLUMNS[this.name].optional.filter((column) => !this.relation.columns.has(column));
  }

  /** Files of the table, for messages. */
  get files(): string {
    const shown = this.parts.slice(0, 3).map(({ name }) => name);
    return [...shown, ...(this.parts.length > 3 ? [`${this.parts.length - 3} others`] : [])].join(', ');
  }

  /** Types of the columns that are there. */
  get columns(): Columns {
    return this.relation.columns;
  }

  private async readStrictly(files: readonly CsvFile[]): Promise<void> {
    const columns = textColumns(this.relation.columns.keys());
    const parts: Part[] = [];
    for (const file of files) {
      const from = await readCarefully(this.bench, this.name, file, this.notUtf8);
      parts.push({ name: file.name, from, columns });
    }
    this.parts = parts;
    this.relation = unionOf(parts);
    this.csv = null;
  }

  /** What is wrong with a Parquet file that DuckDB cannot read: each file and column is tried by itself. */
  private async findFault(cause: unknown): Promise<SourceError> {
    for (const { name, from, columns } of this.parts) {
      for (const column of columns.keys()) {
        try {
          await this.bench.rows(`SELECT max(hash(${quoted(column)})) FROM ${from}`);
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          const why = error.isNoUtf8 ? 'holds text that is not UTF-8' : 'is damaged or of an unknown form';
          const message = `The file ${name} cannot be read, its column "${column}" ${why}: export it again.`;
          return new SourceError(`${this.name} file`, message, error);
        }
      }
    }
    return new SourceError(
      `${this.name} file`,
      `The file ${this.files} cannot be read: export it again.`,
      cause,
    );
  }

  /**
   * Runs SQL over the table. What DuckDB's CSV reader refuses is read by the strict reader, and the work done again.
   * @throws SourceError naming file and line, or file and column, when the table cannot be read
   */
  async reading<T>(work: (relation: Relation) => Promise<T>): Promise<T> {
    try {
      return await work(this.relation);
    } catch (error) {
      if (!(error instanceof EngineError) || error.fault !== 'file') throw error;
      if (this.csv === null) throw await this.findFault(error);
      await this.readStrictly(this.csv);
    }
    return work(this.relation);
  }

  /** True when it has a header and no row. */
  isEmpty(): Promise<boolean> {
    return this.reading(async ({ from }) => {
      if ((await this.bench.rows(`SELECT 1 FROM ${from} LIMIT 1`)).length > 0) return false;
      // With a limit DuckDB tells of no broken row.
      return (await this.bench.row(`SELECT count(*) AS n FROM ${from}`))['n'] === 0;
    });
  }

  /** Reads all columns once, so that no fault of the file shows later. */
  async readThrough(): Promise<void> {
    await this.reading(async ({ from, columns }) => {
      const sizes = [...columns.keys()].map((name) => `max(strlen(${textOf(columns, name)}))`);
      await this.bench.rows(`SELECT ${sizes.join(', ')} FROM ${from}`);
    });
  }

  /** The first row for which a condition holds, for messages: its file, and its number below the header. */
  async find(condition: (columns: Columns) => string): Promise<{ name: string; row: number } | null> {
    for (const { name, from, columns } of this.parts) {
      const { row } = await this.bench.row(`SELECT min(row) AS row FROM (
        SELECT row_number() OVER () AS row, ${condition(columns)} AS holds FROM ${from}) WHERE holds`);
      if (row !== null) return { name, row: Number(row) };
    }
    return null;
  }

  /** Waits until every compressed file was unpacked whole. @throws SourceError when one is cut off or damaged */
  verified(): Promise<void> {
    return this.checksums;
  }
}

async function requireFile(table: TableName, { name, path }: ExportFile): Promise<void> {
  const say = (why: string, cause?: unknown) =>
    new SourceError(`${table} file`, `The file ${name} cannot be read: ${why}.`, cause);
  const found = await stat(path).catch((cause: unknown) => {
    throw say('check that it exists', cause);
  });
  if (found.isDirectory()) throw new SourceError(`${table} file`, `The file ${name} is a folder.`);
  if (!found.isFile()) throw say('it is no regular file');
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw say('this process lacks the rights', cause);
  });
  if (found.size === 0) throw new SourceError(`${table} rows`, `The file ${name} is empty.`);
}
