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

/**
 * One step of Lloyd's algorithm in one pass: every row goes to its nearest centroid and into that centroid's mean. A
 * centroid that is already further than the nearest is given up half way; one without rows stays where it is.
 */
function step({ rows, columns, values }: Matrix, centroids: Centroids): number[][] {
  const k = centroids.length;
  const flat = Float64Array.from(centroids.flat());
  const sums = new Float64Array(k * columns);
  const counts = new Float64Array(k);
  const half = columns >> 1;
  for (let index = 0, start = 0; index < rows; index++, start += columns) {
    let best = 0;
    let nearest = Infinity;
    for (let c = 0; c < k; c++) {
      const at = c * columns;
      let distance = 0;
      for (let i = 0; i < half; i++) {
        const gap = (values[start + i] as number) - (flat[at + i] as number);
        distance += gap * gap;
      }
      if (distance >= nearest) continue;
      for (let i = half; i < columns; i++) {
        const gap = (values[start + i] as number) - (flat[at + i] as number);
        distance += gap * gap;
      }
      if (distance < nearest) {
        nearest = distance;
        best = c;
      }
    }
    counts[best] = (counts[best] as number) + 1;
    for (let i = 0, at = best * columns; i < columns; i++, at++) {
      sums[at] = (sums[at] as number) + (values[start + i] as number);
    }
  }
  return centroids.map((centroid, c) =>
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
    const next = step(points, centroids);
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
