import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLUSTER_IDS, nameCentroids } from '../../shared/clustering/archetypes.ts';
import { distributionOf, stability } from '../../shared/clustering/drift.ts';
import { DegenerateClustersError, fit, refine } from '../../shared/clustering/kmeans.ts';
import { type Matrix, row } from '../../shared/clustering/matrix.ts';
import { predict } from '../../shared/clustering/predict.ts';
import { daviesBouldin, silhouette } from '../../shared/clustering/quality.ts';
import { fitScaler, scale, unscale } from '../../shared/clustering/scaling.ts';
import { FEATURES } from '../../shared/features/features.ts';

const SEED = { seed: 20250701 };

const matrixOf = (rows: number[][]): Matrix => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  values: Float64Array.from(rows.flat()),
});

const counts = (columns: number) =>
  fc.array(fc.array(fc.nat({ max: 5000 }), { minLength: columns, maxLength: columns }), {
    minLength: 1,
    maxLength: 60,
  });
const points = (columns: number) =>
  fc.array(
    fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: columns, maxLength: columns }),
    { minLength: 1, maxLength: 60 },
  );

describe('scaling', () => {
  test('is undone by its inverse', () => {
    fc.assert(
      fc.property(counts(5), (rows) => {
        const matrix = matrixOf(rows);
        const scaler = fitScaler(matrix);
        const scaled = scale(matrix, scaler);
        rows.forEach((original, index) => {
          unscale(row(scaled, index), scaler).forEach((value, column) => {
            expect(value).toBeCloseTo(original[column] as number, 4);
          });
        });
      }),
      SEED,
    );
  });

  test('gives every kept column mean 0 and deviation 1, and leaves constants out', () => {
    fc.assert(
      fc.property(counts(4), (rows) => {
        const matrix = matrixOf(rows.map((values) => [...values, 7]));
        const scaler = fitScaler(matrix);
        expect(scaler.kept).not.toContain(4);
        const scaled = scale(matrix, scaler);
        for (let column = 0; column < scaled.columns; column++) {
          const values = Array.from({ length: scaled.rows }, (_, i) => row(scaled, i)[column] as number);
          const mean = values.reduce((a, b) => a + b, 0) / values.length;
          expect(mean).toBeCloseTo(0, 6);
          expect(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length).toBeCloseTo(1, 6);
        }
      }),
      SEED,
    );
  });
});

describe('prediction', () => {
  test('labels every row with its nearest centroid, and counts and inertia agree', () => {
    fc.assert(
      fc.property(
        points(3),
        fc.array(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 3, maxLength: 3 }), {
          minLength: 1,
          maxLength: 6,
        }),
        (rows, centroids) => {
          const { labels, counts: sizes, inertia } = predict(matrixOf(rows), centroids);
          let total = 0;
          rows.forEach((values, index) => {
            const distances = centroids.map((centroid) =>
              values.reduce((sum, value, i) => sum + (value - (centroid[i] as number)) ** 2, 0),
            );
            expect(distances[labels[index] as number]).toBe(Math.min(...distances));
            total += Math.min(...distances);
          });
          expect(inertia).toBeCloseTo(total, 3);
          expect(sizes.reduce((a, b) => a + b, 0)).toBe(rows.length);
        },
      ),
      SEED,
    );
  });
});

/** Four clouds far apart. */
const CLOUDS = [
  [0, 0],
  [10, 0],
  [0, 10],
  [10, 10],
].flatMap(([x, y]) =>
  Array.from({ length: 50 }, (_, i) => [(x as number) + Math.sin(i), (y as number) + Math.cos(3 * i)]),
);

describe('k-means', () => {
  const options = { k: 4, seed: 3, restarts: 5, sampleRows: 100 };

  test('finds clouds that lie apart', () => {
    const { centroids } = fit(matrixOf(CLOUDS), options);
    const rounded = centroids
      .map(([x, y]) => [Math.round((x as number) / 10), Math.round((y as number) / 10)].join())
      .sort();
    expect(rounded).toEqual(['0,0', '0,1', '1,0', '1,1']);
  });

  test('gives the same for the same seed', () => {
    expect(fit(matrixOf(CLOUDS), options)).toEqual(fit(matrixOf(CLOUDS), options));
  });

  test('its inertia is that of its centroids, and refining it again changes nothing', () => {
    const matrix = matrixOf(CLOUDS);
    const { centroids, inertia } = fit(matrix, options);
    expect(predict(matrix, centroids).inertia).toBe(inertia);
    expect(refine(matrix, centroids).inertia).toBeCloseTo(inertia, 8);
  });

  test('refuses rows that hold fewer distinct clusters', () => {
    const same = matrixOf(Array.from({ length: 20 }, (_, i) => [i % 3, 0]));
    expect(() => fit(same, options)).toThrow(DegenerateClustersError);
  });
});

describe('archetypes', () => {
  const all = {
    transform: 'log1p' as const,
    kept: FEATURES.map((_, i) => i),
    mean: FEATURES.map(() => 0),
    std: FEATURES.map(() => 1),
  };
  const centroid = (content: number, mail: number) =>
    FEATURES.map((name) => (name.includes('mail') ? mail : content));
  const BALANCED = centroid(0.8, 0.4);
  const EMAIL = centroid(-0.4, 1.3);
  const SUPER = centroid(3, 1);
  const INACTIVE = centroid(-0.4, -0.7);
  const CAST = [BALANCED, EMAIL, SUPER, INACTIVE];

  test('are found whatever the order of the centroids', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }), (order) => {
        const naming = nameCentroids(
          order.map((id) => CAST[id] as number[]),
          all,
        );
        expect(CLUSTER_IDS.map((id) => order[naming.order[id] as number])).toEqual([0, 1, 2, 3]);
        expect(naming.confidence).toBeGreaterThan(0.5);
      }),
      SEED,
    );
  });

  test('are found when the super users open the most mails as well', () => {
    const naming = nameCentroids([centroid(3, 2), INACTIVE, EMAIL, BALANCED], all);
    expect(naming.order).toEqual([3, 2, 0, 1]);
  });

  test('are recognised with no fault', () => {
    expect(nameCentroids(CAST, all).faults).toEqual([]);
  });

  test.each([
    [
      'nobody opens mails',
      [centroid(0.8, 0), centroid(-0.4, 0), centroid(3, 0), centroid(-1, 0)],
      'no cluster differs in mail use',
    ],
    [
      'nobody uses contents',
      [centroid(0, 1), centroid(0, 2), centroid(0, 3), centroid(0, -1)],
      'no cluster differs in content use',
    ],
    [
      'mails and contents go together',
      [centroid(1, 1), centroid(2, 2), centroid(3, 3), centroid(-1, -1)],
      'the e-mail specialists do not prefer mails',
    ],
  ])('are not recognisable when %s', (_, centroids, fault) => {
    expect(nameCentroids(centroids, all).faults).toContain(fault);
  });

  test('have no confidence when all centroids are alike', () => {
    expect(nameCentroids([EMAIL, EMAIL, EMAIL, EMAIL], all).confidence).toBeLessThan(0.05);
  });
});

describe('quality', () => {
  const matrix = matrixOf(CLOUDS);
  const { centroids } = fit(matrix, { k: 4, seed: 1, restarts: 5, sampleRows: 200 });
  const { labels } = predict(matrix, centroids);
  const shuffled = labels.map((_, i) => i % 4);

  test('clusters that lie apart have a silhouette near 1 and a low Davies–Bouldin index', () => {
    expect(silhouette(matrix, labels, 4, 200)).toBeGreaterThan(0.7);
    expect(daviesBouldin(matrix, labels, centroids)).toBeLessThan(0.5);
  });

  test('labels at random have neither', () => {
    expect(silhouette(matrix, shuffled, 4, 200)).toBeLessThan(0.1);
    expect(daviesBouldin(matrix, shuffled, centroids)).toBeGreaterThan(1);
  });
});

describe('drift', () => {
  test('is none against itself, and never negative', () => {
    fc.assert(
      fc.property(counts(3), counts(3), (rows, others) => {
        const spread = distributionOf(matrixOf(rows));
        for (const index of stability(matrixOf(rows), spread)) expect(index).toBeCloseTo(0, 12);
        for (const index of stability(matrixOf(others), spread)) expect(index).toBeGreaterThanOrEqual(0);
      }),
      SEED,
    );
  });

  test('is large when everyone does ten times as much', () => {
    const rows = Array.from({ length: 500 }, (_, i) => [i % 40]);
    const [index] = stability(
      matrixOf(rows.map(([count]) => [10 * (count as number)])),
      distributionOf(matrixOf(rows)),
    );
    expect(index).toBeGreaterThan(0.25);
  });
});
