import type { Workbench } from '../workbench.ts';
import { findFiles } from './files.ts';
import { SourceError, type TableName, TABLES } from './source-error.ts';
import { Table } from './table.ts';

export type Source = Readonly<Record<TableName, Table>>;

/**
 * Opens the three tables of an export (CSV, CSV compressed with gzip, or Parquet).
 * @param source a folder, a pattern of files such as `exports/*.parquet`, or `gs://bucket/prefix`
 * @throws SourceError naming the file and column when one is missing, unreadable or empty
 */
export async function openSource(bench: Workbench, source: string): Promise<Source> {
  const files = await findFiles(bench, source);
  const open = async (name: TableName): Promise<Table> => {
    const table = await Table.open(bench, name, files[name]);
    if (await table.isEmpty())
      throw new SourceError(`${name} rows`, `The file ${table.files} holds no rows.`);
    return table;
  };
  return {
    users: await open('users'),
    contents: await open('contents'),
    interaction_events: await open('interaction_events'),
  };
}

/** Waits until all compressed files were unpacked whole. @throws SourceError when one is cut off or damaged */
export async function verifySource(source: Source): Promise<void> {
  for (const name of TABLES) await source[name].verified();
}
