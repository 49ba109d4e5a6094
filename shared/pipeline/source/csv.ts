import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { type Parser, parse } from 'csv-parse';
import { parse as parseRows } from 'csv-parse/sync';
import { csvBytes } from './bytes.ts';
import type { ExportFile } from './files.ts';
import { SourceError, type TableName } from './source-error.ts';

/** A record of a CSV file: its cells, each byte a letter (Latin-1), and the line on which it ends. */
export interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

/** The longest row that is read, in bytes: beyond it, a quote was most likely not closed. */
const LONGEST_ROW = 1 << 28;

const NON_ASCII = /[\u0080-\u00ff]/;

/** The text of a cell whose letters are bytes; null when the bytes are not UTF-8. */
export function utf8Of(cell: string): string | null {
  if (!NON_ASCII.test(cell)) return cell;
  const bytes = Buffer.from(cell, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}

/** Faults of RFC 4180 by the parser's word for them. */
const FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'the file ends within a quoted cell: a quote is not closed there or before',
  CSV_INVALID_CLOSING_QUOTE: 'a quote inside a quoted cell must be doubled',
  CSV_MAX_RECORD_SIZE: 'a row is longer than 256 MiB (is a quote not closed before it?)',
  INVALID_OPENING_QUOTE: 'a cell that holds a quote must be quoted',
};

/** The parser's error in words for people, with the line and without what stands there. */
function fault(table: TableName, name: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('lines' in error)) return error;
  const why = FAULTS[String(error.code)] ?? 'it is no CSV as RFC 4180 has it';
  const message = `The file ${name} cannot be read: at line ${String(error.lines)} ${why}.`;
  return new SourceError(`${table} file`, message);
}

/**
 * The records of a CSV file by RFC 4180, with any row ends, without empty lines. Slower than DuckDB's reader, but it
 * takes every valid file and knows where an invalid one is wrong.
 * @throws SourceError naming the line when the file is invalid
 */
export async function* csvRecords(table: TableName, file: ExportFile): AsyncGenerator<CsvRecord> {
  const parser: Parser = parse({
    encoding: 'latin1',
    info: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  const bytes = Readable.from(csvBytes(table, file), { objectMode: false });
  parser.on('error', () => undefined);
  bytes.on('error', (error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    throw fault(table, file.name, error);
  } finally {
    bytes.destroy();
    parser.destroy();
  }
}

/** The longest header that is looked for, in bytes. */
const LONGEST_HEADER = 1 << 20;
const [QUOTE, LF, CR] = [0x22, 0x0a, 0x0d];

/** Bytes up to the first row end outside quotes; null when there is none. */
function firstRow(bytes: Buffer): Buffer | null {
  let isQuoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (!isQuoted && (byte === LF || byte === CR)) return bytes.subarray(0, at);
  }
  return null;
}

type RowEnd = '\n' | '\r\n' | '\r';

const rowEndAt = (bytes: Buffer, at: number): RowEnd =>
  bytes[at] === LF ? '\n' : bytes[at + 1] === LF ? '\r\n' : '\r';

/** A row as letters, and how it ends; null where the file ends first. */
interface FirstRow {
  readonly text: string;
  readonly end: RowEnd | null;
}

/** Rows from the first, as long as they are asked for: no fault of a later row shows. */
async function* firstRows(table: TableName, file: ExportFile): AsyncGenerator<FirstRow> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of csvBytes(table, file)) {
    bytes = Buffer.concat([bytes, chunk]);
    for (let row = firstRow(bytes); row !== null && row.length + 1 < bytes.length; row = firstRow(bytes)) {
      const end = rowEndAt(bytes, row.length);
      yield { text: row.toString('latin1'), end };
      bytes = bytes.subarray(row.length + end.length);
    }
    if (bytes.length > LONGEST_HEADER) break;
  }
  const row = firstRow(bytes);
  yield { text: (row ?? bytes).toString('latin1'), end: row && rowEndAt(bytes, row.length) };
}

/** Where the rows of a CSV begin. */
export interface Header {
  /** Names of the columns as they stand there, trimmed. */
  readonly names: readonly string[];
  /** Records up to the header, itself included; empty lines are none. */
  readonly records: number;
  /**
   * How DuckDB's reader is told where the rows begin: by lines to skip and how they end. Null where it would lose rows
   * without a word: when the header is more than a line, or lines up to it do not end alike, or not in LF or CRLF.
   */
  readonly plain: { readonly skip: number; readonly rowEnd: '\n' | '\r\n' } | null;
}

const SEPARATORS: Readonly<Record<string, string>> = {
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
};

/** Reads the header: the first record that is neither blank nor a spreadsheet's `sep=`. @throws SourceError */
export async function headerOf(table: TableName, file: ExportFile): Promise<Header> {
  let records = 0;
  const ends: (RowEnd | null)[] = [];
  for await (const { text: row, end } of firstRows(table, file)) {
    if (row !== '') records++;
    ends.push(end);
    if (/^[\s,]*$/.test(row) || /^"?sep=.?"?$/i.test(row)) continue;
    const names = cellsOf(table, file, row).map((cell) => (utf8Of(cell) ?? cell).trim());
    const other = names.length === 1 ? /[;\t|]/.exec(names[0] ?? '')?.[0] : undefined;
    if (other !== undefined) {
      const message = `The file ${file.name} is separated by ${SEPARATORS[other]}: export it with commas.`;
      throw new SourceError(`${table} columns`, message);
    }
    // In a table of one column DuckDB takes an empty line for a row.
    const isPlain =
      names.length > 1 &&
      !/[\r\n]/.test(row) &&
      end !== null &&
      end !== '\r' &&
      ends.every((one) => one === end);
    return { names, records, plain: isPlain ? { skip: ends.length - 1, rowEnd: end } : null };
  }
  throw new SourceError(`${table} rows`, `The file ${file.name} is empty.`);
}

function cellsOf(table: TableName, file: ExportFile, row: string): readonly string[] {
  try {
    return parseRows(row, { relax_column_count: true })[0] ?? [];
  } catch (error) {
    throw fault(table, file.name, error);
  }
}
