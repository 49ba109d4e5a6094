import { describe, expect, test } from 'vitest';
import type { Rows } from '../setup/exports.ts';
import { DATED, EVENT, expected, features } from './oracle/run.ts';

const REPEATS: [sentence: string, rows: Rows, report: object, one: number[], two: number[]][] = [
  [
    'spellings of one integer are one id, texts are not',
    ['12', '12.0', ' +012', '1e3', '1E3', '12,0'].map((id) => ({ ...DATED, id })),
    { repeated_events: 2, uses: 4 },
    features([5, 4], [7, 4], [8, 1]),
    features(),
  ],
  [
    'null ids never repeat',
    ['', 'NULL', ' \\N ', '\u00a0'].map((id) => ({ ...DATED, id })),
    { repeated_events: 0, uses: 4 },
    features([5, 4], [7, 4], [8, 1]),
    features(),
  ],
  [
    'a row that counts comes before one that is left out',
    [{ ...DATED, created_at: 'hier' }, { ...DATED, user_id: '' }, { ...DATED, user_id: 99 }, DATED],
    { repeated_events: 3, left_out: {} },
    features([5, 1], [7, 1], [8, 1]),
    features(),
  ],
  [
    'the smallest code counts, and 0 counts nothing',
    [{ ...DATED, type: 'contenu_vote' }, DATED, { ...DATED, type: 'session' }],
    { repeated_events: 2, uses: 0 },
    features(),
    features(),
  ],
  [
    'an unknown type comes after known ones',
    [
      { ...DATED, type: 'x' },
      { ...DATED, type: 'Click_Mail ' },
    ],
    { repeated_events: 1, unknown_types: {} },
    features([12, 1]),
    features(),
  ],
  [
    'of one code the smallest user counts, by value',
    [
      { ...DATED, user_id: '2' },
      { ...DATED, user_id: '01' },
    ],
    { repeated_events: 1 },
    features([5, 1], [7, 1], [8, 1]),
    features(),
  ],
  [
    'of one user the smallest content counts, null last',
    [
      { ...DATED, content_id: '' },
      { ...DATED, content_id: '99' },
      { ...DATED, content_id: '12' },
    ],
    { repeated_events: 2, matched_uses: 1 },
    features([5, 1], [7, 1], [8, 1]),
    features(),
  ],
  [
    'of rows that are left out the smallest code stands',
    [
      { ...DATED, created_at: '2099-01-01' },
      { ...DATED, user_id: 99 },
      { ...DATED, created_at: '2025-06-15' },
    ],
    { repeated_events: 2, left_out: { 'after as_of': 1 } },
    features(),
    features(),
  ],
];

describe('the events of the oracle', () => {
  test.each(REPEATS)('%s', async (_, rows, report, one, two) => {
    for (const order of [rows, rows.toReversed()]) {
      const result = await expected({ interaction_events: order });
      expect(result.report).toMatchObject(report);
      expect(result.report.left_out).toEqual('left_out' in report ? report.left_out : {});
      expect([result.of(1), result.of(2)]).toEqual([one, two]);
    }
  });

  test('the first reason that holds is the one a row is left out for', async () => {
    const { report } = await expected({
      interaction_events: [
        { ...DATED, id: '', user_id: 'x', created_at: 'hier' },
        { ...DATED, id: '', user_id: 99, created_at: 'hier' },
        { ...DATED, id: '', user_id: 99, created_at: '2099-01-01' },
        { ...DATED, id: '', user_id: 99, created_at: '2025-06-15' },
        { ...DATED, id: '', user_id: 0, type: 'x' },
      ],
    });
    expect(report.left_out).toEqual({
      'without user': 1,
      'unreadable date': 1,
      'in the future': 1,
      'after as_of': 1,
      'unknown user': 1,
    });
    expect(report.unknown_types).toEqual({});
  });

  test('as_of is the latest time up to a day after the clock, and counts before it is cut', async () => {
    const rows = ['2025-07-03 00:00:00.000001', '2025-07-02T23:59:59.999999Z', '2025-07-02T23:59:59.999Z'];
    const { asOf, report, of } = await expected(
      { interaction_events: rows.map((created_at, id) => ({ ...EVENT, id, created_at })) },
      null,
    );
    expect(asOf).toBe('2025-07-02T23:59:59.999Z');
    expect(of(1)).toEqual(features([5, 2], [7, 2], [8, 1]));
    expect(report).toMatchObject({
      left_out: { 'in the future': 1 },
      last_event: '2025-07-02T23:59:59.999Z',
    });
  });

  test('a given as_of holds to the microsecond', async () => {
    const rows = ['2025-06-01 00:00:00', '2025-06-01 00:00:00.000001'];
    const { report } = await expected({
      interaction_events: rows.map((created_at, id) => ({ ...EVENT, id, created_at })),
    });
    expect(report).toMatchObject({ uses: 1, left_out: { 'after as_of': 1 } });
  });

  test('as_of looks at rows of all users, first and last event at repeats as well', async () => {
    const { asOf, report } = await expected(
      {
        interaction_events: [
          { ...EVENT, created_at: '1955-01-01' },
          { ...EVENT, created_at: '2025-01-01' },
          { ...EVENT, id: 2, user_id: '', created_at: '2025-07-01' },
        ],
      },
      null,
    );
    expect(asOf).toBe('2025-07-01T00:00:00.000Z');
    expect(report).toMatchObject({
      first_event: '1955-01-01T00:00:00.000Z',
      last_event: '2025-07-01T00:00:00.000Z',
      left_out: { 'without user': 1 },
    });
  });

  test('kinds and types are read in any spelling, other pairs are no use', async () => {
    const pairs: [type: string, kind: string][] = [
      ['Download', 'FICHE_OUTIL'],
      [' download\u00a0', ' fiche-outils '],
      ['download', 'Guides_Pratiques'],
      ['PAGE_VIEW', 'Article'],
      ['page_view', 'fiche-outils'],
      ['download', 'contenu'],
      ['page_view', 'articles'],
      ['page-view', 'contenu'],
      ['NULL', 'contenu'],
    ];
    const { of, report } = await expected({
      interaction_events: pairs.map(([type, content_type], id) => ({ ...DATED, id, type, content_type })),
    });
    expect(of(1)).toEqual(features([0, 2], [1, 1], [5, 1], [7, 4], [8, 3]));
    expect(report).toMatchObject({ uses: 4, matched_uses: 1, unknown_types: { 'page-view': 1, others: 1 } });
  });

  test('rows of one content join their flags, a content of another kind is another', async () => {
    const { of, report } = await expected({
      contents: [
        { id: '12', type: 'article', cps: 1, sante_mentale: 'non' },
        { id: '12.0', type: ' Contenu', cps: 0, sante_mentale: 'oui' },
        { id: '12', type: 'podcast', ecole_inclusive: 1 },
        { id: '', type: 'article', cps: 1 },
        { id: '5', type: 'NULL' },
      ],
    });
    expect(of(1)).toEqual(features([3, 1], [5, 1], [7, 1], [8, 1]));
    expect(report).toMatchObject({ contents: 2, content_rows: 5, unusable_content_rows: 2 });
  });

  test('a flag in no known word is refused without the word', async () => {
    const run = expected({ contents: [{ id: 1, type: 'x', cps: 'secret' }] });
    await expect(run).rejects.toThrow(/^A flag of column cps is unreadable\.$/);
  });
});
