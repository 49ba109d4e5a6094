import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

/**
 * The data contract computed a second time, in plain TypeScript over whole tables in memory and without any of the
 * project's own code, to hold the pipeline against.
 */
export interface Expected {
  features: number[];
  anciennete: number | null;
  degre: number | null;
  academie: string | null;
  niveaux: string;
  discipline: string | null;
}

type Line = Record<string, string>;

const int = (text: string | undefined): number | null =>
  text !== undefined && /^\s*[+-]?\d+(\.0*)?\s*$/.test(text) ? Math.trunc(Number(text)) : null;

function time(text: string | undefined): number | null {
  const found =
    /^\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?\s*$/.exec(
      text ?? '',
    );
  if (!found) return null;
  let zone = found[3] ?? 'Z';
  if (/^[+-]\d{2}$/.test(zone)) zone += ':00';
  const value = Date.parse(`${found[1]}T${found[2] ?? '00:00'}${zone}`);
  if (Number.isNaN(value) || new Date(`${found[1]}T00:00:00Z`).toISOString().slice(0, 10) !== found[1])
    return null;
  return value;
}

function kind(text: string | undefined): string {
  const clean = (text ?? '').trim().toLowerCase().replaceAll('_', '-');
  if (clean === 'article') return 'contenu';
  if (clean === 'fiche-outil') return 'fiche-outils';
  return clean === 'guides-pratiques' ? 'guide-pratique' : clean;
}

function array(text: string | undefined): unknown[] {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

const PRIMARY = 'TPS PS MS GS CP CE1 CE2 CM1 CM2 Direction ASH'.split(' ');
const SECONDARY = [
  '6e',
  '5e',
  '4e',
  '3e',
  '2nde',
  '1ère',
  'Terminale',
  'Bac Pro',
  'CAP',
  'SEGPA',
  'Professeur-e documentaliste',
  'POST BAC',
];
const TRAINER = 'Formateur-trice /Inspecteur-trice';
const NIVEAUX: [string, string[]][] = [
  ['maternelle', ['TPS', 'PS', 'MS', 'GS', 'Direction', 'ASH']],
  ['elementaire', ['CP', 'CE1', 'CE2', 'CM1', 'CM2', 'ASH', 'Direction']],
  ['college', ['6e', '5e', '4e', '3e', 'SEGPA', 'Professeur-e documentaliste']],
  ['lycee', ['2nde', '1ère', 'Terminale', 'Professeur-e documentaliste']],
  ['lycee_pro', ['Bac Pro', 'CAP']],
  ['autre', ['POST BAC', TRAINER]],
];

/** Département → académie, from the list of the ministry (arrêtés of 2020). */
const ACADEMIE = new Map(
  `Aix-Marseille 04 05 13 84;Amiens 02 60 80;Besançon 25 39 70 90;Bordeaux 24 33 40 47 64;Clermont-Ferrand 03 15 43 63;Corse 2A 2B 20;
Créteil 77 93 94;Dijon 21 58 71 89;Grenoble 07 26 38 73 74;Lille 59 62;Limoges 19 23 87;Lyon 01 42 69;Montpellier 11 30 34 48 66;
Nancy-Metz 54 55 57 88;Nantes 44 49 53 72 85;Nice 06 83;Normandie 14 27 50 61 76 975;Orléans-Tours 18 28 36 37 41 45;Paris 75;
Poitiers 16 17 79 86;Reims 08 10 51 52;Rennes 22 29 35 56;Strasbourg 67 68;Toulouse 09 12 31 32 46 65 81 82;Versailles 78 91 92 95;
Guadeloupe 971;Martinique 972;Guyane 973;La|Réunion 974;Mayotte 976`
    .split(';')
    .flatMap((line) => {
      const [name = '', ...codes] = line.trim().split(' ');
      return codes.map((code): [string, string] => [code, name.replace('|', ' ')]);
    }),
);

function academieOfCode(code: string | null): string | null {
  const clean = (code ?? '').trim().toUpperCase().replaceAll(' ', '').replace(/\.0+$/, '');
  if (/^2[AB]\d{3}$/.test(clean)) return 'Corse';
  if (!/^\d{1,5}$/.test(clean)) return null;
  const padded = clean.padStart(5, '0');
  return ACADEMIE.get(padded.startsWith('97') ? padded.slice(0, 3) : padded.slice(0, 2)) ?? null;
}

const said = (value: unknown): string | null => {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return text === '' || text.toUpperCase() === 'NR' ? null : text;
};

function profile(user: Line, asOf: number): Omit<Expected, 'features'> {
  const levels = array(user['json_niveau']).map((level) => {
    const name = String(level).trim().normalize('NFC');
    return name === 'Études supérieures' ? 'POST BAC' : name === 'Enseignement spécialisé' ? 'ASH' : name;
  });
  const primary = levels.filter((level) => PRIMARY.includes(level)).length;
  const secondary = levels.filter((level) => SECONDARY.includes(level)).length;
  const niveaux = NIVEAUX.filter(([, of]) => of.some((level) => levels.includes(level))).map(
    ([name]) => name,
  );
  const school = array(user['json_etablissement'])[0] as Record<string, unknown> | undefined;
  const created = time(user['created_at']);
  const since =
    created === null ? null : new Date(asOf).getUTCFullYear() - new Date(created).getUTCFullYear();
  const declaredText = (user['anciennete'] ?? '').trim();
  const declared =
    declaredText === '' || Number.isNaN(Number(declaredText)) || Math.abs(Number(declaredText)) > 100
      ? null
      : Math.trunc(Number(declaredText));
  const anciennete = declared === null ? since : declared + (since ?? 0);
  return {
    anciennete: anciennete === null ? null : Math.max(0, anciennete),
    degre: levels.includes(TRAINER)
      ? 3
      : primary > secondary
        ? 1
        : secondary > primary
          ? 2
          : primary > 0
            ? 1
            : null,
    academie:
      said(school?.['academie']) ?? academieOfCode(said(school?.['code_postal']) ?? said(user['codepostal'])),
    niveaux: niveaux.join('|'),
    discipline:
      niveaux.includes('maternelle') || niveaux.includes('elementaire')
        ? null
        : said(array(user['json_discipline'])[0]),
  };
}

const USES = new Map([
  ['fiche-outils/download', 0],
  ['guide-pratique/download', 1],
  ['contenu/page_view', 7],
]);
const OTHERS = new Map([
  ['contenu_vote', 9],
  ['comment_posted', 10],
  ['opened_mail', 11],
  ['click_mail', 12],
]);

const FLAGS = ['transition_ecologique', 'sante_mentale', 'ecole_inclusive', 'cps', 'reussite_tous_eleves'];

/** Features and profile of every user of an export folder of CSV files, and the time they count up to. */
export async function expectedOf(
  folder: string,
  until: number | null,
): Promise<{ asOf: number; users: Map<number, Expected> }> {
  const table = async (name: string): Promise<Line[]> =>
    parse(await readFile(join(folder, `${name}.csv`)), {
      columns: true,
      bom: true,
      relax_column_count: false,
    });
  const flags = new Map<string, boolean[]>();
  for (const content of await table('contents')) {
    const key = `${kind(content['type'])}/${int(content['id'])}`;
    const before = flags.get(key) ?? FLAGS.map(() => false);
    flags.set(
      key,
      FLAGS.map((flag, i) => before[i] === true || Number(content[flag] ?? 0) !== 0),
    );
  }
  const rows = await table('interaction_events');
  const asOf = until ?? rows.reduce((latest, row) => Math.max(latest, time(row['created_at']) ?? 0), 0);
  const users = new Map<number, Expected & { seen: Set<string> }>();
  for (const user of await table('users')) {
    const id = int(user['id']);
    if (id !== null && id > 0)
      users.set(id, { ...profile(user, asOf), features: new Array<number>(13).fill(0), seen: new Set() });
  }
  const counted = new Set<string>();
  for (const row of rows) {
    const id = row['id'] ?? '';
    const at = time(row['created_at']);
    const user = users.get(int(row['user_id']) ?? 0);
    if (at === null || at > asOf || !user) continue;
    if (id !== '' && counted.has(id)) continue;
    counted.add(id);
    const add = (index: number) => (user.features[index] = (user.features[index] as number) + 1);
    const of = kind(row['content_type']);
    const use = USES.get(`${of}/${row['type'] ?? ''}`);
    if (use !== undefined) {
      if (use < 7) add(use);
      add(7);
      const content = int(row['content_id']);
      if (content !== null) {
        flags.get(`${of}/${content}`)?.forEach((carried, i) => carried && add(2 + i));
        user.seen.add(`${of}/${content}`);
        user.features[8] = user.seen.size;
      }
    }
    const other = OTHERS.get(row['type'] ?? '');
    if (other !== undefined) add(other);
  }
  return { asOf, users };
}
