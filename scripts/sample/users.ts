import { ACADEMIES, LEVELS } from '../../shared/features/profile.ts';
import { csv } from './csv.ts';
import type { Draw } from './random.ts';

export const USER_COLUMNS = [
  'id',
  'name',
  'prenom',
  'codepostal',
  'anciennete',
  'created_at',
  'json_niveau',
  'json_discipline',
  'json_etablissement',
  'locale',
  'pays',
  'statut_infolettre',
];

const PRIMARY = Object.keys(LEVELS).filter((name) => LEVELS[name]?.degre === 1);
const SECONDARY = Object.keys(LEVELS).filter((name) => LEVELS[name]?.degre === 2);
const LEGACY = ['', 'Maternelle', 'Études supérieures', 'Enseignement spécialisé', 'Lycée'];
const DISCIPLINES = [
  'Mathématiques',
  'Lettres',
  'Anglais',
  'Histoire-Géographie',
  'SVT',
  'EPS',
  'Arts plastiques',
];
const FIRST_NAMES = ['Alix', 'Camille', 'Dominique', 'Claude', 'Maxime', 'Sacha'];
const ACADEMIE_NAMES = Object.keys(ACADEMIES);

function levels(draw: Draw): string[] {
  const kind = draw.weighted([0.48, 0.38, 0.05, 0.04, 0.05]);
  const some = (of: readonly string[]) => Array.from({ length: 1 + draw.below(3) }, () => draw.pick(of));
  if (kind === 0) return some(PRIMARY);
  if (kind === 1) return some(SECONDARY);
  if (kind === 2) return [...some(PRIMARY), ...some(SECONDARY)];
  if (kind === 3) return ['Formateur-trice /Inspecteur-trice'];
  return [draw.pick(LEGACY)];
}

function postalCode(draw: Draw, departement: string): string {
  if (departement.startsWith('2') && /[AB]/.test(departement)) return draw.pick(['20000', '2A004', '20200']);
  const code =
    departement.padEnd(5, '0').slice(0, departement.length) +
    String(draw.below(10 ** (5 - departement.length))).padStart(5 - departement.length, '0');
  const dirt = draw.weighted([0.9, 0.06, 0.04]);
  if (dirt === 1) return code.replace(/^0/, '');
  return dirt === 2 ? `${code}.0` : code;
}

function school(draw: Draw, academie: string, code: string): string {
  const kind = draw.weighted([0.7, 0.12, 0.1, 0.05, 0.03]);
  if (kind === 1) return '[]';
  if (kind === 2) return '';
  if (kind === 3) return JSON.stringify([{ academie: 'NR', code_postal: 'NR', type_etablissement: 'NR' }]);
  if (kind === 4) return '[{"academie": "Lyon", "code_pos';
  return JSON.stringify([
    { academie, code_postal: code, type_etablissement: draw.pick(['École', 'Collège', 'Lycée']) },
  ]);
}

/** One line of the users export, dirt included: lost zeros, broken JSON, legacy levels, empty cells. */
export function userLine(id: number, draw: Draw): string {
  const academie = draw.pick(ACADEMIE_NAMES);
  const departement = draw.pick(ACADEMIES[academie] as readonly string[]);
  const code = postalCode(draw, departement);
  const year = 2010 + draw.below(16);
  const created = `${year}-0${1 + draw.below(9)}-1${draw.below(9)} 0${draw.below(10)}:15:00`;
  const taught = levels(draw);
  return csv([
    id,
    `Nom${id}`,
    draw.pick(FIRST_NAMES),
    draw.chance(0.1) ? '' : code,
    draw.chance(0.35) ? '' : draw.below(30),
    year === 2025 ? created.replace('-09-', '-01-') : created,
    draw.chance(0.005) ? "['CP', 'CE1']" : JSON.stringify(taught),
    JSON.stringify(draw.chance(0.5) ? [draw.pick(DISCIPLINES)] : []),
    school(draw, academie, code),
    'fr',
    draw.pick(['France', 'france', 'FRANCE', '', 'Belgique']),
    draw.pick(['abonné', 'désabonné', '']),
  ]);
}
