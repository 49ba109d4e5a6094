import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvOf, type Rows } from './exports.ts';
import { folder } from './folders.ts';

/** The three tables of a small export as CSV texts. */
export type Tables = Record<'users' | 'contents' | 'interaction_events', string>;

const FLAGS = ['transition_ecologique', 'sante_mentale', 'ecole_inclusive', 'cps', 'reussite_tous_eleves'];

/** Eight users of four behaviours, all fifteen years in service by June 2025, with every column that is read. */
export function smallTables(): Tables {
  const users: Rows = Array.from({ length: 8 }, (_, i) => ({
    id: i + 1,
    name: `DUPONT ${i}`,
    codepostal: '75011',
    anciennete: i + 1,
    created_at: `${2011 + i}-03-01 10:00:00`,
    json_niveau: '["CP"]',
    json_discipline: '[]',
    json_etablissement: '[]',
  }));
  const contents: Rows = ['article', 'fiche_outils', 'guide_pratique'].flatMap((type) =>
    Array.from({ length: 8 }, (_, i) => ({
      id: i + 1,
      type,
      title: `Titre ${i}`,
      markdown: `Texte ${i}`,
      ...Object.fromEntries(FLAGS.map((flag) => [flag, flag === 'cps' && i === 0 ? 1 : 0])),
    })),
  );
  const acts = (user: number): Rows => {
    const behaviour = Math.ceil(user / 2);
    const mails = behaviour === 1 ? 14 : behaviour === 2 ? 8 : 2;
    const uses = behaviour === 3 ? 16 : behaviour === 2 ? 5 : 0;
    const act = (type: string, content_type: string, content_id: number | string) => ({
      user_id: user,
      type,
      content_type,
      content_id,
    });
    return [
      ...Array.from({ length: mails }, () => act('opened_mail', 'lettre', '')),
      ...Array.from({ length: uses }, (_, i) => act('page_view', 'contenu', 1 + (i % 8))),
    ];
  };
  const events: Rows = users.flatMap(({ id }) => acts(id as number));
  return {
    users: csvOf(users),
    contents: csvOf(contents),
    interaction_events: csvOf(
      events.map((event, i) => ({ id: i + 1, ...event, created_at: `2025-06-${10 + (i % 18)} 10:00:00` })),
    ),
  };
}

/** Writes files into a new folder and returns it. */
export async function writeFiles(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const path = await folder();
  for (const [name, body] of Object.entries(files)) await writeFile(join(path, name), body);
  return path;
}

/** An export whose CSV texts were changed. */
export async function changed(change: (tables: Tables) => Partial<Tables>): Promise<string> {
  const tables = smallTables();
  const all = { ...tables, ...change(tables) };
  return writeFiles(Object.fromEntries(Object.entries(all).map(([name, body]) => [`${name}.csv`, body])));
}
