import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { literal } from '../../shared/features/sql.ts';
import { writeSample } from '../../scripts/sample/export.ts';
import { type Cell, type Rows, writeExport } from '../setup/exports.ts';
import { computed, NOW } from '../setup/computed.ts';
import { folder } from '../setup/folders.ts';
import { type Expected, expectedOf, type Files } from './oracle.ts';

/** The files of an export folder of CSV. */
const filesOf = (source: string): Files => ({
  users: [join(source, 'users.csv')],
  contents: [join(source, 'contents.csv')],
  interaction_events: [join(source, 'interaction_events.csv')],
});

const plain = (expected: Map<number, Expected>) =>
  new Map(
    [...expected]
      .sort(([a], [b]) => a - b)
      .map(([id, { features, anciennete, degre, academie, niveaux, discipline }]) => [
        id,
        { features, anciennete, degre, academie, niveaux, discipline },
      ]),
  );

const CONTENTS: Rows = [
  {
    id: 12,
    type: 'fiche_outils',
    transition_ecologique: 1,
    sante_mentale: 0,
    ecole_inclusive: 0,
    cps: 0,
    reussite_tous_eleves: 0,
  },
  {
    id: 12,
    type: 'article',
    transition_ecologique: 0,
    sante_mentale: 1,
    ecole_inclusive: 0,
    cps: 0,
    reussite_tous_eleves: 0,
  },
  {
    id: 12,
    type: 'guide_pratique',
    transition_ecologique: 0,
    sante_mentale: 0,
    ecole_inclusive: 1,
    cps: 0,
    reussite_tous_eleves: 0,
  },
  {
    id: 12,
    type: 'podcast',
    transition_ecologique: 1,
    sante_mentale: 1,
    ecole_inclusive: 1,
    cps: 1,
    reussite_tous_eleves: 1,
  },
  {
    id: '13.0',
    type: 'article',
    transition_ecologique: 0,
    sante_mentale: 0,
    ecole_inclusive: 0,
    cps: '1.0',
    reussite_tous_eleves: null,
  },
  {
    id: 14,
    type: 'article',
    transition_ecologique: 0,
    sante_mentale: 0,
    ecole_inclusive: 0,
    cps: 0,
    reussite_tous_eleves: 1,
  },
].map((row, i) => ({ ...row, title: `Titre ${i}`, markdown: `# Un titre, "cité"\n\nune ligne\n` }));

const AT = '2025-03-01 10:00:00';
const event = (type: string, content_type: Cell, content_id: Cell, created_at: Cell = AT) => ({
  type,
  content_type,
  content_id,
  created_at,
});

/** What one user did, and the features it must come to: [index, count] of those that are not 0. */
const EVENT_RULES: [rule: string, events: Rows, features: [number, number][]][] = [
  [
    'tool sheets in any spelling are one kind',
    ['fiche-outils', 'fiche-outil', 'fiche_outils', 'Fiche_Outils'].map((t) => event('download', t, 12)),
    [
      [0, 4],
      [2, 4],
      [7, 4],
      [8, 1],
    ],
  ],
  [
    'guides in any spelling are one kind',
    ['guide-pratique', 'guides-pratiques', 'guide_pratique'].map((t) => event('download', t, 12)),
    [
      [1, 3],
      [4, 3],
      [7, 3],
      [8, 1],
    ],
  ],
  [
    'articles are contenu',
    ['Contenu', 'contenu', 'article'].map((t) => event('page_view', t, 12)),
    [
      [3, 3],
      [7, 3],
      [8, 1],
    ],
  ],
  ['a page view of a tool sheet is no use', [event('page_view', 'fiche-outils', 12)], []],
  ['a download of an article is no use', [event('download', 'contenu', 12)], []],
  [
    'flags come by kind and id, not by id alone',
    [event('page_view', 'contenu', 12), event('download', 'fiche-outils', 12)],
    [
      [0, 1],
      [2, 1],
      [3, 1],
      [7, 2],
      [8, 2],
    ],
  ],
  [
    '12.0 is 12',
    [event('page_view', 'contenu', '12.0'), event('page_view', 'contenu', '12')],
    [
      [3, 2],
      [7, 2],
      [8, 1],
    ],
  ],
  [
    'an id of the contents may be 13.0 as well',
    [event('page_view', 'contenu', '13')],
    [
      [5, 1],
      [7, 1],
      [8, 1],
    ],
  ],
  [
    'hex and empty ids are no content but still a use',
    [
      event('page_view', 'contenu', 'a1b2c3d4e5'),
      event('page_view', 'contenu', ''),
      event('page_view', 'contenu', '1e3'),
      event('page_view', 'contenu', '12.5'),
    ],
    [[7, 4]],
  ],
  [
    'a content that is not in the table counts as different content',
    [event('page_view', 'contenu', 999)],
    [
      [7, 1],
      [8, 1],
    ],
  ],
  [
    'votes, comments, opened and clicked mails count whatever the content',
    [
      event('contenu_vote', 'Contenu', 12),
      event('comment_posted', '', ''),
      event('opened_mail', 'infolettre_hebdo', 'a1b2c3d4e5'),
      event('opened_mail', 'onboarding', ''),
      event('click_mail', 'infolettre_hebdo', 'x'),
    ],
    [
      [9, 1],
      [10, 1],
      [11, 2],
      [12, 1],
    ],
  ],
  ['a session is never a mail open', [event('session', 'opened_mail', 'a1b2c3d4e5')], []],
  [
    'unreadable dates are left out',
    ['', 'hier', '0000-00-00 00:00:00', '2025-02-30 10:00:00', '2025-03-12 10:00 Europe/Paris'].map((at) =>
      event('opened_mail', 'x', '', at),
    ),
    [],
  ],
  [
    'dates with T, zone or neither are read',
    [
      '2025-03-01T10:00:00',
      '2025-03-01T10:00:00Z',
      '2025-03-01 10:00:00+02:00',
      '2025-03-01T10:00:00.250Z',
      '2025-03-01',
    ].map((at) => event('opened_mail', 'x', '', at)),
    [[11, 5]],
  ],
  [
    'a zone is taken into account against as_of',
    [
      event('opened_mail', 'x', '', '2025-06-01T01:00:00+02:00'),
      event('opened_mail', 'x', '', '2025-05-31T23:00:00-02:00'),
    ],
    [[11, 1]],
  ],
  [
    'events after as_of are left out',
    [
      event('opened_mail', 'x', '', '2025-06-01 00:00:01'),
      event('opened_mail', 'x', '', '2025-06-01 00:00:00'),
    ],
    [[11, 1]],
  ],
  ['a user without any event stays', [], []],
];

const AS_OF = '2025-06-01T00:00:00.000Z';

/** Columns of a user, and what the profile must be. */
const USER_RULES: [
  rule: string,
  columns: Record<string, Cell>,
  profile: Partial<Omit<Expected, 'features'>>,
][] = [
  [
    'more primary levels than secondary make degré 1',
    { json_niveau: '["CP","CE1","6e"]' },
    { degre: 1, niveaux: 'elementaire|college' },
  ],
  [
    'more secondary levels make degré 2',
    { json_niveau: '["2nde","1ère","PS"]' },
    { degre: 2, niveaux: 'maternelle|lycee' },
  ],
  ['a tie makes degré 1', { json_niveau: '["CP","6e"]' }, { degre: 1 }],
  [
    'a trainer is of degré 3',
    { json_niveau: '["CP","CP","Formateur-trice /Inspecteur-trice"]' },
    { degre: 3, niveaux: 'elementaire|autre' },
  ],
  ['legacy levels are ignored', { json_niveau: '["","Maternelle","Lycée"]' }, { degre: null, niveaux: '' }],
  [
    'Études supérieures is POST BAC',
    { json_niveau: '["Études supérieures"]' },
    { degre: 2, niveaux: 'autre' },
  ],
  [
    'Enseignement spécialisé is ASH',
    { json_niveau: '["Enseignement spécialisé"]' },
    { degre: 1, niveaux: 'maternelle|elementaire' },
  ],
  [
    'a teacher librarian is of college and lycee',
    { json_niveau: '["Professeur-e documentaliste"]' },
    { degre: 2, niveaux: 'college|lycee' },
  ],
  [
    'vocational levels are lycee_pro',
    { json_niveau: '["Bac Pro","CAP"]' },
    { degre: 2, niveaux: 'lycee_pro' },
  ],
  [
    'malformed levels are unknown and the user stays',
    { json_niveau: "['CP']" },
    { degre: null, niveaux: '' },
  ],
  ['JSON that is no array is unknown', { json_niveau: '{"a":"CP"}' }, { degre: null, niveaux: '' }],
  [
    'the school gives the académie',
    {
      codepostal: '75001',
      json_etablissement: '[{"academie":"Lyon","code_postal":"69001"},{"academie":"Nice"}]',
    },
    { academie: 'Lyon' },
  ],
  [
    'a school that says NR says nothing',
    { codepostal: '75001', json_etablissement: '[{"academie":"NR","code_postal":"NR"}]' },
    { academie: 'Paris' },
  ],
  [
    'a school without académie and postal code says nothing',
    { codepostal: '75001', json_etablissement: '[{"type_etablissement":"École"}]' },
    { academie: 'Paris' },
  ],
  [
    'the school postal code comes before the user own',
    { codepostal: '75001', json_etablissement: '[{"code_postal":"69001"}]' },
    { academie: 'Lyon' },
  ],
  [
    'malformed schools are unknown',
    { codepostal: '13001', json_etablissement: '[{"academie": "Ly' },
    { academie: 'Aix-Marseille' },
  ],
  ['a lost zero is put back', { codepostal: '1280' }, { academie: 'Lyon' }],
  ['a postal code may end in .0', { codepostal: '69006.0' }, { academie: 'Lyon' }],
  ['a lost zero and .0 together', { codepostal: '6000.0' }, { academie: 'Nice' }],
  ['Corsica as 20000', { codepostal: '20000' }, { academie: 'Corse' }],
  ['Corsica by its letter', { codepostal: '2A004' }, { academie: 'Corse' }],
  ['Guadeloupe', { codepostal: '97110' }, { academie: 'Guadeloupe' }],
  ['Martinique', { codepostal: '97200' }, { academie: 'Martinique' }],
  ['Guyane', { codepostal: '97300' }, { academie: 'Guyane' }],
  ['La Réunion', { codepostal: '97400' }, { academie: 'La Réunion' }],
  ['Mayotte', { codepostal: '97600' }, { academie: 'Mayotte' }],
  ['other overseas codes are unknown', { codepostal: '98800' }, { academie: null }],
  ['foreign codes are unknown', { codepostal: 'SW1A 1AA' }, { academie: null }],
  ['no code at all', { codepostal: null }, { academie: null }],
  [
    'declared ancienneté grows with the years since sign-up',
    { anciennete: 10, created_at: '2020-05-01 10:00:00' },
    { anciennete: 15 },
  ],
  [
    'undeclared ancienneté is the years since sign-up',
    { anciennete: null, created_at: '2020-05-01 10:00:00' },
    { anciennete: 5 },
  ],
  ['ancienneté is never negative', { anciennete: -3, created_at: '2024-05-01 10:00:00' }, { anciennete: 0 }],
  ['ancienneté may be written 7.0', { anciennete: '7.0', created_at: '2025-01-01' }, { anciennete: 7 }],
  [
    'years nobody has leave it unknown',
    { anciennete: '150', created_at: '2020-05-01' },
    { anciennete: null },
  ],
  [
    'years may be written 12 ans',
    { anciennete: '12 ans', created_at: '01/03/2024 10:00' },
    { anciennete: 13 },
  ],
  ['a sign-up after the data is unknown', { anciennete: 4, created_at: '2030-05-01' }, { anciennete: null }],
  ['unreadable sign-up leaves it unknown', { anciennete: 4, created_at: 'never' }, { anciennete: null }],
  ['nothing known leaves it unknown', { anciennete: null, created_at: null }, { anciennete: null }],
  [
    'the first discipline counts in secondary',
    { json_niveau: '["6e"]', json_discipline: '["SVT","EPS"]' },
    { discipline: 'SVT' },
  ],
  ['no discipline in primary', { json_niveau: '["CP"]', json_discipline: '["SVT"]' }, { discipline: null }],
];

/** One export that holds every rule: users 1… have the events of EVENT_RULES, users 1001… the columns of USER_RULES. */
async function rulesExport(): Promise<string> {
  const events = EVENT_RULES.flatMap(([, rows], i) => rows.map((row) => ({ user_id: i + 1, ...row })));
  const numbered: Rows = events.map((row, i) => ({ id: i + 1, ...row }));
  return writeExport(await folder(), {
    users: [
      ...EVENT_RULES.map((_, i) => ({ id: i + 1, name: 'Nom', created_at: '2024-01-01 08:00:00' })),
      ...USER_RULES.map(([, columns], i) => ({ id: 1001 + i, name: 'Nom, "Prénom"\nNom', ...columns })),
    ],
    contents: CONTENTS,
    interaction_events: [
      ...numbered,
      numbered[0] as Rows[number],
      { id: 9001, user_id: '', type: 'opened_mail', content_type: 'x', content_id: '', created_at: AT },
      { id: 9002, user_id: 555, type: 'opened_mail', content_type: 'x', content_id: '', created_at: AT },
    ],
  });
}

describe('the data contract', async () => {
  const source = await rulesExport();
  const { users, report } = await computed(source, AS_OF);

  test.each(EVENT_RULES.map(([rule, , features], i) => ({ rule, features, id: i + 1 })))(
    '$rule',
    ({ features, id }) => {
      const expected = new Array<number>(13).fill(0);
      for (const [index, count] of features) expected[index] = count;
      expect(users.get(id)?.features).toEqual(expected);
    },
  );

  test.each(USER_RULES.map(([rule, , profile], i) => ({ rule, profile, id: 1001 + i })))(
    '$rule',
    ({ profile, id }) => {
      expect(users.get(id)).toMatchObject(profile);
    },
  );

  test('the report counts what was left out and why', () => {
    expect(report).toMatchObject({
      repeated_events: 1,
      left_out: { 'without user': 1, 'unreadable date': 5, 'after as_of': 2, 'unknown user': 1 },
    });
  });

  test('the oracle comes to the same for every user', async () => {
    const expected = await expectedOf(filesOf(source), { asOf: Date.parse(AS_OF), now: NOW });
    expect(plain(users)).toEqual(plain(expected.users));
  });
});

describe('a whole dirty export', () => {
  test('equals the independent computation for every user, from CSV, compressed CSV and Parquet', async () => {
    const source = await folder();
    await writeSample({ users: 1500, seed: 7, out: source, onProgress: () => undefined });
    const expected = await expectedOf(filesOf(source), { asOf: null, now: NOW });
    const fromCsv = await computed(source, null);
    expect(fromCsv.asOf).toBe(expected.asOf);
    expect(plain(fromCsv.users)).toEqual(plain(expected.users));

    const [typed, zipped] = [await folder(), await folder()];
    const bench = await Workbench.open('500MB');
    for (const table of ['users', 'contents', 'interaction_events']) {
      const from = literal(join(source, `${table}.csv`));
      await bench
        .run(
          `COPY (SELECT * FROM read_csv(${from}, sample_size = 100)) TO ${literal(join(typed, `${table}.parquet`))}`,
        )
        .catch(() =>
          bench.run(
            `COPY (SELECT * FROM read_csv(${from}, all_varchar = true)) TO ${literal(join(typed, `${table}.parquet`))}`,
          ),
        );
      await bench.run(
        `COPY (SELECT * FROM read_csv(${from}, all_varchar = true)) TO ${literal(join(zipped, `${table}.csv.gz`))} (COMPRESSION gzip)`,
      );
    }
    await bench.close();
    expect(plain((await computed(typed, null)).users)).toEqual(plain(expected.users));
    expect(plain((await computed(zipped, null)).users)).toEqual(plain(expected.users));
  });

  test('gives the same whatever the order of its rows', async () => {
    const source = await rulesExport();
    const { users } = await computed(source, AS_OF);
    const shuffled = await folder();
    const bench = await Workbench.open('500MB');
    for (const table of ['users', 'contents', 'interaction_events']) {
      await bench.run(
        `COPY (SELECT * FROM read_csv(${literal(join(source, `${table}.csv`))}, all_varchar = true) ORDER BY hash(#1, #2) DESC) TO ${literal(join(shuffled, `${table}.csv`))}`,
      );
    }
    await bench.close();
    expect((await computed(shuffled, AS_OF)).users).toEqual(users);
  });

  test('reads typed Parquet columns: numbers, timestamps with zone, lists', async () => {
    const source = await folder();
    const bench = await Workbench.open('500MB');
    const save = (table: string, sql: string) =>
      bench.run(`COPY (${sql}) TO ${literal(join(source, `${table}.parquet`))}`);
    await save(
      'users',
      `SELECT 7::BIGINT AS id, 69006.0::DOUBLE AS codepostal, 3.0::DOUBLE AS anciennete, TIMESTAMP '2024-05-01' AS created_at, ['CP', 'CE1'] AS json_niveau`,
    );
    await save('contents', `SELECT 5::INTEGER AS id, 'article' AS type, true AS cps`);
    await save(
      'interaction_events',
      `SELECT 1 AS id, 7.0::DOUBLE AS user_id, 'page_view' AS type, 'Contenu' AS content_type, 5.0::DOUBLE AS content_id, TIMESTAMPTZ '2025-01-01 00:30:00+02:00' AS created_at`,
    );
    await bench.close();
    const { users, asOf } = await computed(source, null);
    expect(asOf).toBe('2024-12-31T22:30:00.000Z');
    expect(users.get(7)).toEqual({
      features: [0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0],
      anciennete: 3,
      degre: 1,
      academie: 'Lyon',
      niveaux: 'elementaire',
      discipline: null,
    });
  });
});
