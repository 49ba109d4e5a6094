import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** One RFC 4180 line, newline included. */
export function csv(cells: readonly (string | number)[]): string {
  return cells.map((cell) => quoted(String(cell))).join(',') + '\n';
}

function quoted(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Writes a file in chunks of about 1 MiB, waiting whenever the disk is behind. */
export async function writeLines(path: string, lines: Iterable<string>): Promise<number> {
  const stream = createWriteStream(path);
  let chunk = '';
  let count = 0;
  for (const line of lines) {
    chunk += line;
    count++;
    if (chunk.length > 1 << 20) {
      if (!stream.write(chunk)) await once(stream, 'drain');
      chunk = '';
    }
  }
  stream.end(chunk);
  await finished(stream);
  return count;
}
