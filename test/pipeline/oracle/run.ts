import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvOf, type Rows } from '../../setup/exports.ts';
import { folder } from '../../setup/folders.ts';
import { expectedOf, type Files } from '../oracle.ts';

export const NOW = Date.UTC(2025, 6, 2);
export const AS_OF = Date.UTC(2025, 5, 1);

export type Content = string | Buffer;

/** Paths of files of an export, each table in one file. */
export async function written(tables: Readonly<Record<string, Content>>): Promise<Files> {
  const at = await folder();
  const files = { users: [''], contents: [''], interaction_events: [''] };
  for (const [name, content] of Object.entries(tables)) {
    const path = join(at, name.includes('.') ? name : `${name}.csv`);
    await writeFile(path, content);
    files[name.replace(/\..*/, '') as keyof Files] = [path];
  }
  return files;
}

/** An event without a time, and one that counts. */
export const EVENT = { id: 1, user_id: 1, type: 'page_view', content_type: 'contenu', content_id: 12 };
export const DATED = { ...EVENT, created_at: '2025-03-01 10:00:00' };
const CONTENTS: Rows = [{ id: '12', type: 'article', cps: 1 }];
const USERS: Rows = [{ id: 1 }, { id: 2 }, { id: 3 }];

/** What the oracle expects of some rows. */
export async function expected(
  tables: { users?: Rows; contents?: Rows; interaction_events?: Rows },
  asOf: number | null = AS_OF,
) {
  const { users = USERS, contents = CONTENTS, interaction_events: events = [DATED] } = tables;
  const files = await written({
    users: csvOf(users),
    contents: csvOf(contents),
    interaction_events: csvOf(events),
  });
  const result = await expectedOf(files, { asOf, now: NOW });
  return { ...result, of: (id: number) => result.users.get(id)?.features };
}

/** The 13 counts of a user, all 0 but some. */
export const features = (...counts: [index: number, count: number][]): number[] => {
  const all = new Array<number>(13).fill(0);
  for (const [index, count] of counts) all[index] = count;
  return all;
};
