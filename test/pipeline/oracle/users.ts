import {
  arrayOf,
  type Cell,
  elementText,
  integerOf,
  said,
  textOf,
  timeOf,
  yearOf,
  yearsOf,
} from './cells.ts';
import { cell, type Row } from './files.ts';

export interface Profile {
  anciennete: number | null;
  degre: number | null;
  academie: string | null;
  niveaux: string;
  discipline: string | null;
}

export interface Users {
  readonly profiles: ReadonlyMap<number, Profile>;
  readonly unusable: number;
  readonly repeated: number;
  readonly malformedCells: number;
  readonly unreadableCreated: number;
  readonly unreadableAnciennete: number;
}

const PRIMARY = 'TPS,PS,MS,GS,CP,CE1,CE2,CM1,CM2,Direction,ASH'.split(',');
const SECONDARY =
  '6e,5e,4e,3e,2nde,1ère,Terminale,Bac Pro,CAP,SEGPA,Professeur-e documentaliste,POST BAC'.split(',');
const TRAINER = 'Formateur-trice /Inspecteur-trice';
const OTHER_NAMES = new Map([
  ['Études supérieures', 'POST BAC'],
  ['Enseignement spécialisé', 'ASH'],
]);
const NIVEAUX: [name: string, levels: string[]][] = [
  ['maternelle', ['TPS', 'PS', 'MS', 'GS', 'Direction', 'ASH']],
  ['elementaire', ['CP', 'CE1', 'CE2', 'CM1', 'CM2', 'ASH', 'Direction']],
  ['college', ['6e', '5e', '4e', '3e', 'SEGPA', 'Professeur-e documentaliste']],
  ['lycee', ['2nde', '1ère', 'Terminale', 'Professeur-e documentaliste']],
  ['lycee_pro', ['Bac Pro', 'CAP']],
  ['autre', ['POST BAC', TRAINER]],
];

/** Académies and their départements, from the list of the ministry (arrêtés of 2020). */
const ACADEMIES: Record<string, string> = {
  'Aix-Marseille': '04 05 13 84',
  Amiens: '02 60 80',
  Besançon: '25 39 70 90',
  Bordeaux: '24 33 40 47 64',
  'Clermont-Ferrand': '03 15 43 63',
  Corse: '2A 2B 20',
  Créteil: '77 93 94',
  Dijon: '21 58 71 89',
  Grenoble: '07 26 38 73 74',
  Lille: '59 62',
  Limoges: '19 23 87',
  Lyon: '01 42 69',
  Montpellier: '11 30 34 48 66',
  'Nancy-Metz': '54 55 57 88',
  Nantes: '44 49 53 72 85',
  Nice: '06 83',
  Normandie: '14 27 50 61 76 975',
  'Orléans-Tours': '18 28 36 37 41 45',
  Paris: '75',
  Poitiers: '16 17 79 86',
  Reims: '08 10 51 52',
  Rennes: '22 29 35 56',
  Strasbourg: '67 68',
  Toulouse: '09 12 31 32 46 65 81 82',
  Versailles: '78 91 92 95',
  Guadeloupe: '971',
  Martinique: '972',
  Guyane: '973',
  'La Réunion': '974',
  Mayotte: '976',
};
const BY_DEPARTEMENT = new Map(
  Object.entries(ACADEMIES).flatMap(([name, codes]) => codes.split(' ').map((code) => [code, name] as const)),
);

export function academieOfCode(code: string): string | null {
  const clean = code
    .trim()
    .toUpperCase()
    .replace(/[ \u00a0]/g, '')
    .replace(/\.0+$/, '');
  if (/^2[AB][0-9]{3}$/.test(clean)) return BY_DEPARTEMENT.get(clean.slice(0, 2)) ?? null;
  if (!/^[0-9]{1,5}$/.test(clean)) return null;
  const padded = clean.padStart(5, '0');
  return BY_DEPARTEMENT.get(padded.slice(0, padded.startsWith('97') ? 3 : 2)) ?? null;
}

const elementsOf = (value: Cell): unknown[] => {
  const array = arrayOf(value);
  return array === null || array === 'malformed' ? [] : array;
};

function levelsOf(value: Cell): string[] {
  return elementsOf(value).map((element) => {
    const name = elementText(element).normalize('NFC');
    return OTHER_NAMES.get(name) ?? name;
  });
}

function degreOf(levels: readonly string[]): number | null {
  if (levels.includes(TRAINER)) return 3;
  const primary = levels.filter((level) => PRIMARY.includes(level)).length;
  const secondary = levels.filter((level) => SECONDARY.includes(level)).length;
  if (primary === 0 && secondary === 0) return null;
  return primary >= secondary ? 1 : 2;
}

function academieOf(row: Row): string | null {
  const first = elementsOf(cell(row, 'json_etablissement'))[0];
  const school = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
  const named = said(elementText(school['academie']));
  if (named !== null) return named;
  const code = said(elementText(school['code_postal'])) ?? said(textOf(cell(row, 'codepostal')));
  return code === null ? null : academieOfCode(code);
}

/** The year of sign-up; unknown where the time is unreadable or in a year after that of as_of. */
function createdOf(row: Row, asOfYear: number): bigint | null {
  const created = timeOf(cell(row, 'created_at'));
  return created !== null && yearOf(created) <= asOfYear ? created : null;
}

function ancienneteOf(row: Row, asOfYear: number): number | null {
  const created = createdOf(row, asOfYear);
  const declared = yearsOf(cell(row, 'anciennete'));
  if (created === null || declared === 'unreadable') return null;
  return Math.max(0, (declared ?? 0) + asOfYear - yearOf(created));
}

function profileOf(row: Row, asOfYear: number): Profile {
  const levels = levelsOf(cell(row, 'json_niveau'));
  const niveaux = NIVEAUX.filter(([, of]) => of.some((level) => levels.includes(level))).map(
    ([name]) => name,
  );
  const first = said(elementText(elementsOf(cell(row, 'json_discipline'))[0]));
  return {
    anciennete: ancienneteOf(row, asOfYear),
    degre: degreOf(levels),
    academie: academieOf(row),
    niveaux: niveaux.join('|'),
    discipline: niveaux.includes('maternelle') || niveaux.includes('elementaire') ? null : first,
  };
}

const USER_LIMIT = 2n ** 53n;

export function userIdOf(value: Cell): number | null {
  const id = integerOf(value);
  return id !== null && id >= 1n && id < USER_LIMIT ? Number(id) : null;
}

function byBytes(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const TIE_COLUMNS = ['anciennete', 'codepostal', 'json_niveau', 'json_discipline', 'json_etablissement'];

/** Negative where row a stands before row b for one id. */
function standing(a: Row, b: Row, asOfYear: number): number {
  const [createdA, createdB] = [
    createdOf(a, asOfYear) ?? -(2n ** 63n),
    createdOf(b, asOfYear) ?? -(2n ** 63n),
  ];
  if (createdA !== createdB) return createdA > createdB ? -1 : 1;
  for (const column of TIE_COLUMNS) {
    const order = byBytes(textOf(cell(a, column)), textOf(cell(b, column)));
    if (order !== 0) return order;
  }
  return 0;
}

const JSON_COLUMNS = ['json_niveau', 'json_discipline', 'json_etablissement'];

export function usersOf(rows: readonly Row[], asOfYear: number): Users {
  const standingRows = new Map<number, Row>();
  let unusable = 0;
  for (const row of rows) {
    const id = userIdOf(cell(row, 'id'));
    if (id === null) unusable++;
    else {
      const before = standingRows.get(id);
      if (!before || standing(row, before, asOfYear) < 0) standingRows.set(id, row);
    }
  }
  const stand = [...standingRows.values()];
  const count = (holds: (row: Row) => boolean) => stand.filter(holds).length;
  const malformed = (column: string) => count((row) => arrayOf(cell(row, column)) === 'malformed');
  return {
    profiles: new Map([...standingRows].map(([id, row]) => [id, profileOf(row, asOfYear)])),
    unusable,
    repeated: rows.length - unusable - stand.length,
    malformedCells: JSON_COLUMNS.reduce((sum, column) => sum + malformed(column), 0),
    unreadableCreated: count(
      (row) => textOf(cell(row, 'created_at')) !== null && createdOf(row, asOfYear) === null,
    ),
    unreadableAnciennete: count((row) => yearsOf(cell(row, 'anciennete')) === 'unreadable'),
  };
}
