import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { ExportFile } from './files.ts';
import { SourceError, type TableName } from './source-error.ts';

const CHUNK = 1 << 20;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** First bytes of files that are no CSV, and what to do. */
const FORMATS: readonly [start: readonly number[], what: string][] = [
  [[0xff, 0xfe], 'is in UTF-16: export it in UTF-8'],
  [[0xfe, 0xff], 'is in UTF-16: export it in UTF-8'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive or a workbook: export it as CSV'],
  [[0x50, 0x41, 0x52, 0x31], 'is in Parquet: name it .parquet'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed with zstd: compress it with gzip'],
];
const GZIP = [0x1f, 0x8b];

/** Blocked gzip (bgzip) ends with this empty block; without it the file was cut between two blocks. */
const BLOCKED_END = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

/** Subfield `BC` of two bytes in a member's extra field. */
const BLOCK_MARK = Buffer.from([0x42, 0x43, 2, 0]);

const isGzip = (path: string): boolean => path.endsWith('.gz');

const startsWith = (bytes: Buffer, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);

/** What gzip's decoder says of a damaged file, in words for people; null for any other error. */
function damage(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'Z_BUF_ERROR') return 'it ends before its compressed data do';
  return code === 'Z_DATA_ERROR' || code === 'Z_NEED_DICT'
    ? 'its compressed data or checksum are wrong'
    : null;
}

function refuse(table: TableName, { name }: ExportFile, why: string): SourceError {
  return new SourceError(`${table} file`, `The file ${name} is damaged, ${why}: export or copy it again.`);
}

/** First bytes and last bytes of a file. */
async function ends(path: string): Promise<{ head: Buffer; tail: Buffer }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read = async (from: number, length: number) =>
      (await file.read(Buffer.alloc(length), 0, length, from)).buffer;
    const length = Math.min(size, BLOCKED_END.length);
    return { head: await read(0, length), tail: await read(size - length, length) };
  } finally {
    await file.close();
  }
}

/** Looks at a CSV's first bytes. @throws SourceError when the file is plainly something else */
export async function requireCsv(table: TableName, file: ExportFile): Promise<void> {
  const { head, tail } = await ends(file.path);
  const say = (what: string) => new SourceError(`${table} file`, `The file ${file.name} ${what}.`);
  if (isGzip(file.path)) {
    if (!startsWith(head, GZIP))
      throw say('is not compressed with gzip: take .gz off its name, or export it again');
    // The extra field of blocked gzip begins with its mark and the length 2.
    const isBlocked = head[3] === 4 && head.subarray(12, 16).equals(BLOCK_MARK);
    if (isBlocked && !tail.equals(BLOCKED_END)) throw refuse(table, file, 'its last block is missing');
    return;
  }
  if (startsWith(head, GZIP)) throw say('is compressed with gzip: name it .csv.gz');
  const found = FORMATS.find(([start]) => startsWith(head, start));
  if (found) throw say(found[1]);
}

/**
 * Zeros may follow compressed data, as tapes leave them; the decoder stops there.
 * @throws SourceError when something else follows the zeros, which no reader would see
 */
async function requirePadding(table: TableName, file: ExportFile, from: number): Promise<void> {
  for await (const chunk of createReadStream(file.path, { start: from }) as AsyncIterable<Buffer>) {
    if (chunk.some((byte) => byte !== 0)) throw refuse(table, file, 'there is a gap in its compressed data');
  }
}

/** Unpacks the whole of a gzip file and forgets it, for its checksums and lengths. @throws SourceError when one is wrong */
export async function verifyGzip(table: TableName, file: ExportFile): Promise<void> {
  const nowhere = new Writable({ highWaterMark: CHUNK, write: (_bytes, _encoding, done) => done() });
  try {
    const unpack = createGunzip({ chunkSize: CHUNK });
    await pipeline(createReadStream(file.path, { highWaterMark: CHUNK }), unpack, nowhere);
    await requirePadding(table, file, unpack.bytesWritten);
  } catch (error) {
    const why = damage(error);
    throw why === null ? error : refuse(table, file, why);
  }
}

/** The bytes of a CSV file: unpacked, and without a byte order mark. @throws SourceError when gzip data are damaged */
export async function* csvBytes(table: TableName, file: ExportFile): AsyncGenerator<Buffer> {
  const packed = createReadStream(file.path, { highWaterMark: CHUNK });
  const unpack: Gunzip | null = isGzip(file.path) ? createGunzip({ chunkSize: CHUNK }) : null;
  // Who reads the header alone does not hear of damage behind it: an error that nobody hears would end the process.
  for (const stream of [packed, unpack]) stream?.on('error', () => undefined);
  if (unpack) packed.on('error', (error) => unpack.destroy(error)).pipe(unpack);
  let isFirst = true;
  try {
    for await (const chunk of (unpack ?? packed) as AsyncIterable<Buffer>) {
      const hasMark = isFirst && chunk.subarray(0, 3).equals(BYTE_ORDER_MARK);
      isFirst = false;
      yield hasMark ? chunk.subarray(3) : chunk;
    }
    if (unpack) await requirePadding(table, file, unpack.bytesWritten);
  } catch (error) {
    const why = damage(error);
    throw why === null ? error : refuse(table, file, why);
  } finally {
    packed.destroy();
    unpack?.destroy();
  }
}
