import { kmeans } from 'ml-kmeans';
import { Random } from 'ml-random';
import { type Matrix, pickRows, row } from './matrix.ts';
import { type Centroids, predict } from './predict.ts';

export interface FitOptions {
  readonly k: number;
  readonly seed: number;
  /** Fresh k-means++ starts tried on the sample; the best is refined on all rows. */
  readonly restarts: number;
  /** Rows of the sample the restarts run on. */
  readonly sampleRows: number;
}

export interface Fit {
  readonly centroids: Centroids;
  /** Sum of squared distances over all rows. */
  readonly inertia: number;
}

/** Fewer distinct rows than clusters, or a start that lost a cluster on the way. */
export class DegenerateClustersError extends Error {
  override readonly name = 'DegenerateClustersError';
}

const MAX_ITERATIONS = 300;
/** Relative to the spread of standardised columns (1): centroids that move less than this have converged. */
const TOLERANCE = 1e-8;
/** Squared distance at which a start on the sample is good enough to be compared: the best is refined anyway. */
const START_TOLERANCE = 1e-3;

/** Rows as arrays: what ml-kmeans takes. */
const toArrays = (points: Matrix): number[][] =>
  Array.from({ length: points.rows }, (_, index) => Array.from(row(points, index)));

function sample(points: Matrix, size: number, seed: number): Matrix {
  if (points.rows <= size) return points;
  const random = new Random(seed);
  const order = Uint32Array.from({ length: points.rows }, (_, index) => index);
  const picked: number[] = [];
  for (let at = 0; at < size; at++) {
    const swap = at + Math.floor(random.random() * (points.rows - at));
    picked.push(order[swap] as number);
    order[swap] = order[at] as number;
  }
  return pickRows(points, picked);
}

function checked(points: Matrix, centroids: Centroids): Fit {
  const { counts, inertia } = predict(points, centroids);
  if (counts.some((count) => count === 0) || !Number.isFinite(inertia)) {
    throw new DegenerateClustersError(`The users do not fall into ${centroids.length} distinct clusters.`);
  }
  return { centroids, inertia };
}

/** Mean of the rows of each label; a label without rows keeps its centroid. */
function means(points: Matrix, labels: Uint8Array, counts: readonly number[], before: Centroids): number[][] {
  const { columns, values } = points;
  const sums = new Float64Array(before.length * columns);
  for (let index = 0, at = 0; index < points.rows; index++) {
    const start = (labels[index] as number) * columns;
    for (let column = 0; column < columns; column++, at++) {
      sums[start + column] = (sums[start + column] as number) + (values[at] as number);
    }
  }
  return before.map((centroid, c) =>
    counts[c] === 0
      ? [...centroid]
      : Array.from(sums.subarray(c * columns, (c + 1) * columns), (sum) => sum / (counts[c] as number)),
  );
}

/**
 * Moves given centroids to their k-means optimum on all rows (Lloyd's algorithm) until no centroid moves. It works on
 * the flat array: ml-kmeans would need an array object for every user, and stops at an absolute tolerance.
 * Source: Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982).
 * @throws DegenerateClustersError when a cluster ends empty
 */
export function refine(points: Matrix, start: Centroids): Fit {
  let centroids: Centroids = start;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const { labels, counts } = predict(points, centroids);
    const next = means(points, labels, counts, centroids);
    const moved = next.reduce(
      (most, centroid, c) =>
        Math.max(
          most,
          ...centroid.map((value, i) => Math.abs(value - ((centroids[c] as readonly number[])[i] as number))),
        ),
      0,
    );
    centroids = next;
    if (moved <= TOLERANCE) break;
  }
  return checked(points, centroids);
}

/**
 * Fits k centroids from scratch: several seeded k-means++ starts on a sample, the best refined on all rows.
 * Rows must come in a fixed order (by user id): the result depends on it.
 * @throws DegenerateClustersError when the rows do not hold k distinct clusters
 */
export function fit(points: Matrix, options: FitOptions): Fit {
  const rows = sample(points, options.sampleRows, options.seed);
  const arrays = toArrays(rows);
  const distinct = new Set<string>();
  for (const values of arrays) if (distinct.add(values.join()).size >= options.k) break;
  if (distinct.size < options.k) {
    throw new DegenerateClustersError(`Only ${distinct.size} different users for ${options.k} clusters.`);
  }
  let best: Fit | undefined;
  for (let restart = 0; restart < options.restarts; restart++) {
    const { centroids } = kmeans(arrays, options.k, {
      seed: options.seed + restart,
      tolerance: START_TOLERANCE,
      maxIterations: MAX_ITERATIONS,
    });
    const { counts, inertia } = predict(rows, centroids);
    if (!counts.includes(0) && inertia < (best?.inertia ?? Infinity)) best = { centroids, inertia };
  }
  if (!best)
    throw new DegenerateClustersError(`No start of ${options.restarts} found ${options.k} clusters.`);
  return refine(points, best.centroids);
}
