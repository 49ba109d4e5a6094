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

/**
 * Moves given centroids to their k-means optimum on all rows (Lloyd's algorithm, by ml-kmeans).
 * The inertia is recomputed from the centroids returned, because ml-kmeans' labels lag them by a step.
 * @throws DegenerateClustersError when a cluster ends empty
 */
export function refine(points: Matrix, start: Centroids): Fit {
  const { centroids } = kmeans(toArrays(points), start.length, {
    initialization: start.map((centroid) => [...centroid]),
    tolerance: TOLERANCE,
    maxIterations: MAX_ITERATIONS,
  });
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
  const distinct = new Set(arrays.map((values) => values.join()));
  if (distinct.size < options.k) {
    throw new DegenerateClustersError(`Only ${distinct.size} different users for ${options.k} clusters.`);
  }
  let best: Fit | undefined;
  for (let restart = 0; restart < options.restarts; restart++) {
    const { centroids } = kmeans(arrays, options.k, {
      seed: options.seed + restart,
      tolerance: TOLERANCE,
      maxIterations: MAX_ITERATIONS,
    });
    const { counts, inertia } = predict(rows, centroids);
    if (!counts.includes(0) && inertia < (best?.inertia ?? Infinity)) best = { centroids, inertia };
  }
  if (!best)
    throw new DegenerateClustersError(`No start of ${options.restarts} found ${options.k} clusters.`);
  return refine(points, best.centroids);
}
