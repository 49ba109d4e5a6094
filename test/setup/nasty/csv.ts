import { gzipSync } from 'node:zlib';
import type { Dirt } from './dirt.ts';
import type { Line } from './tables.ts';

export type RowEnds = 'LF' | 'CRLF' | 'CR' | 'mixed';

/** A column of a file: its header, and the key of its cells (none for an empty column). */
export interface Column {
  readonly header: string;
  readonly key: string | null;
}

const ENDS: Record<RowEnds, readonly string[]> = {
  LF: ['\n'],
  CRLF: ['\r\n'],
  CR: ['\r'],
  mixed: ['\n', '\r\n', '\r'],
};

/** Text as UTF-8; surrogates from U+DC80 to U+DCFF are single bytes. */
function bytesOf(text: string): Buffer {
  const pieces = text.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    pieces.map((piece, i) =>
      i % 2 === 1 ? Buffer.from([piece.charCodeAt(0) - 0xdc00]) : Buffer.from(piece, 'utf8'),
    ),
  );
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A file of comma-separated values with all the dirt around its cells. */
export function csvOf(dirt: Dirt, columns: readonly Column[], lines: readonly Line[], ends: RowEnds): Buffer {
  const all = dirt.happens('every cell in quotes', 0.15);
  const some = all ? 1 : 0.05;
  const written = (text: string): string => (/[",\r\n]/.test(text) || dirt.chance(some) ? quote(text) : text);
  const end = (): string => dirt.pick(ENDS[ends]);
  const emptyLines = dirt.happens('empty lines between rows', 0.5) ? 0.02 : 0;
  const afterHeader = dirt.happens('a trailing comma in the header', 0.3) ? ',' : '';
  const inRows = dirt.happens('a trailing comma in rows', 0.3);
  const share = inRows && dirt.happens('a trailing comma in some rows only', 0.3) ? 0.5 : 1;

  let text = dirt.happens('a byte order mark', 0.4) ? '\ufeff' : '';
  if (dirt.happens('a blank first line', 0.3)) text += end();
  if (dirt.happens('a line sep=,', 0.3)) text += `sep=,${end()}`;
  text += columns.map(({ header }) => written(header)).join(',') + afterHeader;
  for (const line of lines) {
    text += end();
    // After a lone CR an empty line that ends in LF would end the same row.
    while (dirt.chance(emptyLines)) text += end();
    text += columns.map(({ key }) => written(key === null ? '' : (line[key] ?? ''))).join(',');
    if (inRows && dirt.chance(share)) text += ',';
  }
  if (!dirt.happens('no end of the last row', 0.3)) text += end();
  return bytesOf(text);
}

/** Compressed in one member or several, which may part a row. */
export function gzipOf(dirt: Dirt, bytes: Buffer, members: 'one' | 'several'): Buffer {
  if (members === 'one') return gzipSync(bytes);
  const cuts = Array.from({ length: 3 }, () => dirt.int(0, bytes.length)).sort((a, b) => a - b);
  return Buffer.concat(
    [0, ...cuts].map((from, i) => gzipSync(bytes.subarray(from, cuts[i] ?? bytes.length))),
  );
}
