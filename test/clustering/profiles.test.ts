import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import checkProfiles from '#validators/profiles';
import type { Matrix } from '../../shared/clustering/matrix.ts';
import type { ClusterProfile } from '../../shared/clustering/model.ts';
import { describeClusters } from '../../shared/clustering/profiles.ts';
import { FEATURES, type Feature } from '../../shared/features/features.ts';

type Counts = Partial<Record<Feature, number>>;

/** Users of each cluster, 0 where a count is not told. */
function population(clusters: readonly (readonly Counts[])[]): { counts: Matrix; labels: Uint8Array } {
  const users = clusters.flatMap((own, label) => own.map((counts) => ({ label, counts })));
  return {
    counts: {
      rows: users.length,
      columns: FEATURES.length,
      values: Float64Array.from(users.flatMap(({ counts }) => FEATURES.map((name) => counts[name] ?? 0))),
    },
    labels: Uint8Array.from(users.map(({ label }) => label)),
  };
}

const traitsOf = (clusters: readonly (readonly Counts[])[]): ClusterProfile['traits'][] => {
  const { counts, labels } = population(clusters);
  return Object.values(describeClusters(counts, labels)).map(({ traits }) => traits);
};
const many = (count: number, counts: Counts): Counts[] => Array.from({ length: count }, () => counts);
const names = (traits: ClusterProfile['traits'] | undefined) => traits?.map(({ feature }) => feature);

describe('traits of a cluster', () => {
  test('are what sets it apart most, not what hardly anybody does', () => {
    const mail = { nb_opened_mail: 40, nb_clicked_mail: 12 };
    const [, specialists, superUsers] = traitsOf([
      many(20, { nb_fiche_outils: 5, nb_opened_mail: 15 }),
      many(40, mail),
      many(5, { ...mail, nb_fiche_outils: 60, nb_transition_ecologique: 5, nb_vote: 3, nb_comments: 1 }),
      many(60, { nb_opened_mail: 2 }),
    ]);
    expect(names(specialists)?.slice(0, 2)).toEqual(['nb_clicked_mail', 'nb_opened_mail']);
    expect(specialists?.[1]?.en).toMatch(/^mails opened: far above the average \(\d\.\d × the mean\)$/);
    expect(specialists?.[1]?.fr).toMatch(
      /^e-mails ouverts : très au-dessus de la moyenne \(\d,\d × la moyenne\)$/,
    );
    expect(names(superUsers)).not.toContain('nb_opened_mail');
  });

  test('are those of the greatest standardised differences of the logs, the strongest first', () => {
    const user = fc.array(fc.nat({ max: 300 }), { minLength: FEATURES.length, maxLength: FEATURES.length });
    const cluster = fc.array(user, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.tuple(cluster, cluster, cluster, cluster), (clusters) => {
        const everyone = clusters.flat();
        const logs = (users: number[][], column: number) =>
          users.map((counts) => Math.log1p(counts[column] as number));
        const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const all = traitsOf(
          clusters.map((own) =>
            own.map((counts) => Object.fromEntries(FEATURES.map((name, i) => [name, counts[i]]))),
          ),
        );
        clusters.forEach((own, id) => {
          const differences = FEATURES.map((_, column) => {
            const average = mean(logs(everyone, column));
            const deviation = Math.sqrt(mean(logs(everyone, column).map((log) => (log - average) ** 2)));
            return deviation < 1e-9 ? 0 : (mean(logs(own, column)) - average) / deviation;
          });
          const traits = all[id] as ClusterProfile['traits'];
          const strengths = differences.map(Math.abs).sort((a, b) => b - a);
          for (const { feature, difference } of traits)
            expect(difference).toBeCloseTo(differences[FEATURES.indexOf(feature as Feature)] as number, 1);
          traits.slice(0, 3).forEach(({ difference }, rank) => {
            expect(Math.abs(difference as number)).toBeCloseTo(strengths[rank] as number, 1);
          });
          expect(traits.length).toBeGreaterThan(0);
          expect(traits.length).toBeLessThanOrEqual(4);
        });
      }),
      { seed: 20250701, numRuns: 50 },
    );
  });

  test('tell the other direction as a fourth, where all three go one way', () => {
    const [, specialists] = traitsOf([
      many(10, { nb_fiche_outils: 9, nb_opened_mail: 1 }),
      many(10, { nb_opened_mail: 50, nb_clicked_mail: 20, nb_vote: 9, nb_fiche_outils: 3 }),
      many(10, { nb_fiche_outils: 9 }),
      many(10, { nb_fiche_outils: 2 }),
    ]);
    expect(names(specialists)).toEqual(['nb_clicked_mail', 'nb_vote', 'nb_opened_mail', 'nb_fiche_outils']);
    expect(specialists?.[3]?.difference).toBeLessThanOrEqual(-0.2);
  });

  test.each<[number, number, string, string]>([
    [59, 0.27, 'slightly above the average (1.03 ×', 'un peu au-dessus de la moyenne (1,03 ×'],
    [65, 0.4, 'clearly above the average (1.11 ×', 'nettement au-dessus de la moyenne (1,11 ×'],
    [83, 0.69, 'far above the average (1.31 ×', 'très au-dessus de la moyenne (1,31 ×'],
    [41, -0.23, 'slightly below the average (0.78 ×', 'un peu en dessous de la moyenne (0,78 ×'],
    [35, -0.44, 'clearly below the average (0.68 ×', 'nettement en dessous de la moyenne (0,68 ×'],
    [20, -1, 'far below the average (0.42 ×', 'très en dessous de la moyenne (0,42 ×'],
  ])('have three grades each way: %d votes beside 20, 70 and 80 differ by %d: %s', (votes, apart, en, fr) => {
    const traits = traitsOf([20, 70, 80, votes].map((count) => many(10, { nb_vote: count })));
    expect(traits[3]).toMatchObject([
      {
        feature: 'nb_vote',
        difference: apart,
        en: `votes: ${en} the mean)`,
        fr: `votes : ${fr} la moyenne)`,
      },
    ]);
  });

  test('are one that is near the average, where nothing else is left', () => {
    const alike = many(3, { nb_vote: 4 });
    for (const traits of traitsOf([alike, alike, alike, alike]))
      expect(traits).toEqual([
        {
          feature: FEATURES[0],
          times_average: 1,
          difference: 0,
          en: 'tool-sheet downloads: near the average (1 × the mean)',
          fr: 'téléchargements de fiches outils : proche de la moyenne (1 × la moyenne)',
        },
      ]);
  });

  test('say no figure that contradicts the words, when a few users make up most of the mean', () => {
    const [balanced] = traitsOf([
      many(10, { nb_vote: 5 }),
      many(30, {}),
      many(1, { nb_vote: 1000 }),
      many(30, {}),
    ]);
    const [vote] = balanced ?? [];
    expect(vote?.difference).toBeGreaterThan(0.2);
    expect(vote?.times_average).toBeLessThan(1);
    expect(vote?.en).toBe('votes: far above the average');
    expect(vote?.fr).toBe('votes : très au-dessus de la moyenne');
  });
});

test('profiles that were written before traits had a difference are read still', () => {
  const { counts, labels } = population([many(2, { nb_vote: 4 }), many(2, {}), many(2, {}), many(2, {})]);
  const clusters = describeClusters(counts, labels);
  const profiles = { schema_version: 1, version: 'v', computed_at: '', as_of: '', users: 8, clusters };
  expect(checkProfiles(profiles)).toBe(true);
  for (const { traits } of Object.values(clusters)) for (const trait of traits) delete trait.difference;
  expect(checkProfiles(profiles)).toBe(true);
});
