import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { type Cell, floored, isoOf } from './cells.ts';

export const TABLES = ['users', 'contents', 'interaction_events'] as const;
export type TableName = (typeof TABLES)[number];
export type Row = Readonly<Record<string, Cell>>;

export interface Table {
  readonly rows: readonly Row[];
  /** Rows with a cell that is not UTF-8 in a column that is read. */
  readonly notUtf8: number;
}

export const FLAGS = [
  'transition_ecologique',
  'sante_mentale',
  'ecole_inclusive',
  'cps',
  'reussite_tous_eleves',
] as const;

const REQUIRED: Record<TableName, readonly string[]> = {
  users: ['id'],
  contents: ['id', 'type'],
  interaction_events: ['user_id', 'type', 'content_type', 'content_id', 'created_at'],
};
const OPTIONAL: Record<TableName, readonly string[]> = {
  users: ['codepostal', 'anciennete', 'created_at', 'json_niveau', 'json_discipline', 'json_etablissement'],
  contents: ['title', 'markdown', ...FLAGS],
  interaction_events: ['id'],
};

const BROKEN = Symbol('a cell that is not UTF-8');
type RawCell = Cell | typeof BROKEN;
type RawRow = Record<string, RawCell>;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(bytes: Uint8Array): string | typeof BROKEN {
  try {
    return strict.decode(bytes);
  } catch {
    return BROKEN;
  }
}

/** Where each column that is read stands, by the names of a header. */
function placesOf(table: TableName, header: readonly string[]): [column: string, index: number][] {
  const names = header.map((name) => name.trim().toLowerCase());
  return [...REQUIRED[table], ...OPTIONAL[table]].flatMap((column): [string, number][] => {
    const index = names.indexOf(column);
    if (index >= 0 && names.includes(column, index + 1)) throw new Error(`${table}: two columns ${column}`);
    if (index < 0 && REQUIRED[table].includes(column)) throw new Error(`${table}: no column ${column}`);
    return index < 0 ? [] : [[column, index]];
  });
}

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '');
const isSeparatorLine = (cells: readonly string[]): boolean => /^sep=,?$/i.test(cells.join(',').trim());

function csvRows(table: TableName, bytes: Buffer): RawRow[] {
  const start = bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0;
  // Latin-1 keeps every byte, so each cell can be decoded by itself.
  const lines = parse(bytes.subarray(start), {
    encoding: 'latin1',
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    relax_column_count: true,
  });
  const first = lines.findIndex((cells) => !isBlank(cells) && !isSeparatorLine(cells));
  const header = (lines[first] ?? []).map((name) => Buffer.from(name, 'latin1').toString('utf8'));
  const places = placesOf(table, header);
  const named = header.findLastIndex((name) => name.trim() !== '') + 1;
  return lines.slice(first + 1).map((cells) => {
    if (cells.length < named || cells.slice(header.length).some((cell) => cell !== ''))
      throw new Error(`${table}: a row has not the cells of its header`);
    return Object.fromEntries(
      places.map(([column, index]) => [column, decoded(Buffer.from(cells[index] ?? '', 'latin1'))]),
    );
  });
}

class Instant {
  readonly micros: bigint;
  constructor(micros: bigint) {
    this.micros = micros;
  }
  toJSON(): string {
    return isoOf(this.micros);
  }
}

const PARSERS = {
  timestampFromMilliseconds: (millis: bigint) => new Instant(millis * 1000n),
  timestampFromMicroseconds: (micros: bigint) => new Instant(micros),
  // The largest number of nanoseconds stands for infinity: it is given a time out of the range of years.
  timestampFromNanoseconds: (nanos: bigint) =>
    new Instant(nanos === 2n ** 63n - 1n ? 10n ** 18n : floored(nanos, 1000n)),
  dateFromDays: (days: number) => new Instant(BigInt(days) * 86_400_000_000n),
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoded(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && decoded(bytes),
};

/** A typed value of Parquet as the cell that means the same. */
function cellOf(value: unknown): RawCell {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (typeof value === 'string' || value === BROKEN) return value;
  if (value instanceof Instant) return value.micros;
  if (value instanceof Uint8Array) return decoded(value);
  if (typeof value === 'object')
    return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner));
  return `${value as number | bigint | boolean}`;
}

async function parquetRows(table: TableName, path: string): Promise<RawRow[]> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const header = parquetSchema(metadata).children.map(({ element }) => element.name);
  const places = placesOf(table, header).map(([column, index]) => [column, header[index] ?? ''] as const);
  const rows: Record<string, unknown>[] = await parquetReadObjects({
    file,
    metadata,
    columns: places.map(([, name]) => name),
    utf8: false,
    parsers: PARSERS,
  });
  return rows.map((row) => Object.fromEntries(places.map(([column, name]) => [column, cellOf(row[name])])));
}

async function partRows(table: TableName, path: string): Promise<RawRow[]> {
  if (path.endsWith('.parquet')) return parquetRows(table, path);
  const bytes = await readFile(path);
  return csvRows(table, path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

/** All parts of a table, columns by their names in lower case; a column that is not there holds nulls. */
export async function readTable(table: TableName, paths: readonly string[]): Promise<Table> {
  const parts = await Promise.all(paths.map((path) => partRows(table, path)));
  let notUtf8 = 0;
  const rows = parts.flat().map((raw) => {
    const cells = Object.entries(raw);
    if (cells.some(([, cell]) => cell === BROKEN)) notUtf8++;
    return Object.fromEntries(
      cells.map(([column, cell]): [string, Cell] => [column, cell === BROKEN ? null : cell]),
    );
  });
  if (notUtf8 * 1000 > rows.length) throw new Error(`${table}: too many rows are not UTF-8`);
  return { rows, notUtf8 };
}

export const cell = (row: Row, column: string): Cell => row[column] ?? null;
