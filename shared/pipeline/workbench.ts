import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DuckDBDataChunk,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api';
import { quoted } from '../features/sql.ts';
import { EngineError, engineErrorOf } from './engine-error.ts';
import { onDisk, temporaryPlace } from '../storage/local/files.ts';
import { isAlive } from '../storage/local/processes.ts';

/** One row as plain values; 64-bit integers come as numbers (ids stay below 2^53). */
export type Row = Record<string, string | number | boolean | null>;

/** Some rows, column by column. */
export interface Chunk {
  readonly rowCount: number;
  readonly columns: Readonly<Record<string, readonly Row[string][]>>;
}

const plain = (value: DuckDBValue): Row[string] => {
  if (typeof value === 'bigint') return Number(value);
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  return value.toString();
};

const PREFIX = 'recompute-';

const AUTOMATIC = 'auto';
const LEAST_MEMORY_MB = 600;
const MEMORY_MB_PER_USER = 0.0013;

/** Removes the folders of runs that were killed: they hold personal data. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = /^recompute-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // Another user's may not be removed: that is for a run of theirs.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Rows of a DuckDB vector. */
const VECTOR = 2048;

/** A DuckDB of one run's own: it works out of core in a temporary folder that `close` removes. */
export class Workbench {
  private files = 0;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly memory: string,
    /** Folder for the run's files. */
    readonly folder: string,
  ) {}

  /**
   * @param memory what DuckDB may use before it spills to disk, such as `700MB`, or `auto`: by the number of users
   * @throws StoreUnavailableError when the temporary folder cannot be used
   */
  static async open(memory: string): Promise<Workbench> {
    const folder = await onDisk(temporaryPlace(), async () => {
      await removeAbandoned();
      return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
    });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: memory === AUTOMATIC ? `${LEAST_MEMORY_MB}MB` : memory,
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      // Some broken rows end the CSV reader in an internal error; the strict reader then needs the database.
      disable_database_invalidation: 'true',
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new Workbench(instance, connection, memory, folder);
  }

  /**
   * Gives DuckDB more memory for more users, about 1.3 kB each: the groups of events are per user, and below this they
   * no longer fit. The number of events does not count: what they need beyond is spilled.
   */
  async fitMemoryTo(users: number): Promise<void> {
    if (this.memory !== AUTOMATIC) return;
    await this.run(`SET memory_limit = '${Math.round(LEAST_MEMORY_MB + users * MEMORY_MB_PER_USER)}MB'`);
  }

  /** Nothing that DuckDB says of an error leaves here: it may quote cells. */
  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof EngineError ? error : engineErrorOf(error, this.folder);
    }
  }

  /** @throws EngineError when DuckDB fails */
  async run(sql: string): Promise<void> {
    await this.guarded(() => this.connection.run(sql));
  }

  /** @throws EngineError when DuckDB fails */
  async rows(sql: string): Promise<Row[]> {
    const reader = await this.guarded(() => this.connection.runAndReadAll(sql));
    const names = reader.deduplicatedColumnNames();
    return reader
      .getRows()
      .map((values) => Object.fromEntries(values.map((value, i) => [names[i] as string, plain(value)])));
  }

  /** The single row of a query that has one. */
  async row(sql: string): Promise<Row> {
    const [first] = await this.rows(sql);
    if (!first) throw new Error(`No row from: ${sql}`);
    return first;
  }

  /** Columns of a query, a chunk of some 2,000 rows at a time, so that no table ever stands whole in memory. */
  async *stream(sql: string): AsyncGenerator<Chunk> {
    const result = await this.guarded(() => this.connection.stream(sql));
    const names = result.deduplicatedColumnNames();
    for (;;) {
      const chunk = await this.guarded(() => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return;
      const columns = names.map((name, index) => [name, chunk.getColumnValues(index).map(plain)] as const);
      yield { rowCount: chunk.rowCount, columns: Object.fromEntries(columns) };
    }
  }

  /** All values of numeric columns, row after row in one flat array of `rows` × columns. */
  async numbers(sql: string, rows: number): Promise<Float64Array> {
    const result = await this.guarded(() => this.connection.stream(sql));
    const columns = result.columnCount;
    const values = new Float64Array(rows * columns);
    let done = 0;
    for (;;) {
      const chunk = await this.guarded(() => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return values;
      for (let column = 0; column < columns; column++) {
        const items = chunk.getColumnValues(column);
        for (let i = 0; i < items.length; i++) values[(done + i) * columns + column] = Number(items[i]);
      }
      done += chunk.rowCount;
    }
  }

  /** Makes a table of user id and label, in the order given. */
  async labelTable(name: string, ids: Float64Array, labels: Uint8Array): Promise<void> {
    await this.run(`CREATE OR REPLACE TABLE ${name} (user_id BIGINT, cluster INTEGER)`);
    await this.guarded(async () => {
      const appender = await this.connection.createAppender(name);
      for (let i = 0; i < ids.length; i++) {
        appender.appendBigInt(BigInt(ids[i] as number));
        appender.appendInteger(labels[i] as number);
        appender.endRow();
      }
      appender.closeSync();
    });
  }

  /** Makes a table of text columns from their values, each column as long as the others. */
  async textTable(
    name: string,
    names: readonly string[],
    columns: readonly (readonly (string | null)[])[],
  ): Promise<void> {
    await this.run(
      `CREATE OR REPLACE TABLE ${quoted(name)} (${names.map((one) => `${quoted(one)} VARCHAR`).join(', ')})`,
    );
    await this.guarded(async () => {
      const appender = await this.connection.createAppender(name);
      const rows = columns[0]?.length ?? 0;
      for (let from = 0; from < rows; from += VECTOR) {
        const chunk = DuckDBDataChunk.create(names.map(() => VARCHAR));
        chunk.setColumns(columns.map((values) => values.slice(from, from + VECTOR)));
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
    });
  }

  /** A path in the run's folder that no other file has. */
  fileFor(name: string): string {
    return join(this.folder, `${++this.files}-${name}`);
  }

  /** Fails unless a table that others are joined with has one row a key: each further row would count uses twice. */
  async requireUnique(table: string, keys: readonly string[]): Promise<void> {
    const { repeated } = await this.row(
      `SELECT count(*) AS repeated FROM (SELECT 1 FROM ${table} GROUP BY ${keys.join(', ')} HAVING count(*) > 1)`,
    );
    if (repeated !== 0) throw new Error(`Table ${table} holds ${String(repeated)} keys twice.`);
  }

  /** Releases DuckDB and removes the run's folder. */
  async close(): Promise<void> {
    this.connection.closeSync();
    this.instance.closeSync();
    await rm(this.folder, { recursive: true, force: true });
  }
}
