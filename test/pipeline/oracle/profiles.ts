import type { Rows } from '../../setup/exports.ts';
import type { Expected } from '../oracle.ts';

type Columns = Rows[number];
type Profile = Partial<Omit<Expected, 'features'>>;
const LYON = '[{"code_postal":"69001"}]';

/** Columns of a user and the profile, with as_of in June 2025. */
export const PROFILES: [sentence: string, columns: Columns, profile: Profile][] = [
  ['declared years grow', { anciennete: '7,5', created_at: '2020-05-01' }, { anciennete: 12 }],
  ['years not declared count as 0', { anciennete: 'NaN', created_at: '2020-05-01' }, { anciennete: 5 }],
  ['years are never negative', { anciennete: '-30', created_at: '2020-05-01' }, { anciennete: 0 }],
  ['unreadable years are unknown', { anciennete: '150', created_at: '2020-05-01' }, { anciennete: null }],
  ['without a sign-up years are unknown', { anciennete: '4', created_at: 'hier' }, { anciennete: null }],
  ['sign-up in a later year is unknown', { anciennete: '4', created_at: '2026-01-01' }, { anciennete: null }],
  ['sign-up later in the year is known', { anciennete: '4', created_at: '2025-12-31' }, { anciennete: 4 }],
  ['the year is that of UTC', { created_at: '2025-01-01 00:30:00+01:00' }, { anciennete: 1 }],
  ['a tie is primary', { json_niveau: '["CP","6e"]' }, { degre: 1, niveaux: 'elementaire|college' }],
  ['levels count with repetitions', { json_niveau: '["CP","6e","6e"]' }, { degre: 2 }],
  [
    'a trainer comes first',
    { json_niveau: '["CP","Formateur-trice /Inspecteur-trice"]' },
    { degre: 3, niveaux: 'elementaire|autre' },
  ],
  [
    'levels are compared after NFC',
    { json_niveau: JSON.stringify([' 1ère\u00a0'.normalize('NFD')]) },
    { degre: 2, niveaux: 'lycee' },
  ],
  ['other levels say nothing', { json_niveau: '["cp","Collège",5,null]' }, { degre: null, niveaux: '' }],
  [
    'higher studies and special teaching have other names',
    { json_niveau: '["Études supérieures","Enseignement spécialisé"]' },
    { degre: 1, niveaux: 'maternelle|elementaire|autre' },
  ],
  [
    'the first school names the académie',
    { json_etablissement: '[{"academie":" Nice "}]' },
    { academie: 'Nice' },
  ],
  [
    'only the first school is asked',
    { json_etablissement: '[{},{"academie":"Nice"}]', codepostal: '75001' },
    { academie: 'Paris' },
  ],
  [
    'NR says nothing',
    { json_etablissement: '[{"academie":"nr","code_postal":"NR"}]', codepostal: '75001' },
    { academie: 'Paris' },
  ],
  [
    'the code of the school comes first',
    { json_etablissement: LYON, codepostal: '75001' },
    { academie: 'Lyon' },
  ],
  [
    'a code of the school that leads nowhere ends the search',
    { json_etablissement: '[{"code_postal":"98800"}]', codepostal: '75001' },
    { academie: null },
  ],
  ['a code may be a number', { json_etablissement: '[{"code_postal":1280}]' }, { academie: 'Lyon' }],
  [
    'a malformed school is unknown',
    { json_etablissement: '[{"academie":"Ly', codepostal: '13001' },
    { academie: 'Aix-Marseille' },
  ],
  ['the first discipline stands', { json_discipline: '[" SVT ","EPS"]' }, { discipline: 'SVT' }],
  ['a number is a discipline', { json_discipline: '[5]' }, { discipline: '5' }],
  ['a first discipline that says nothing ends it', { json_discipline: '[null,"EPS"]' }, { discipline: null }],
  [
    'primary levels have no discipline',
    { json_niveau: '["CP","6e"]', json_discipline: '["SVT"]' },
    { discipline: null },
  ],
];
