import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A cell as it stands in a CSV file, null for an empty one. */
export type Cell = string | number | null;
export type Rows = Readonly<Record<string, Cell>>[];

const quoted = (cell: Cell | undefined): string =>
  cell === null || cell === undefined
    ? ''
    : /[",\n\r]/.test(String(cell))
      ? `"${String(cell).replaceAll('"', '""')}"`
      : String(cell);

/** Rows as RFC 4180 text; the header holds every key that a row has. */
export function csvOf(rows: Rows): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [
    columns.join(','),
    ...rows.map((row) => columns.map((column) => quoted(row[column])).join(',')),
    '',
  ].join('\n');
}

/** Writes tables as the CSV files of an export. */
export async function writeExport(folder: string, tables: Readonly<Record<string, Rows>>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, rows] of Object.entries(tables))
    await writeFile(join(folder, `${name}.csv`), csvOf(rows));
  return folder;
}
