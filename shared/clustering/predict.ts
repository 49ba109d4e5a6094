import type { Matrix } from './matrix.ts';

/** Centroids in the scaled space, k arrays of as many numbers as the points have columns. */
export type Centroids = readonly (readonly number[])[];

export interface Assignment {
  /** Index of the nearest centroid of each row; the lowest index wins a tie. */
  readonly labels: Uint8Array;
  /** Rows per centroid. */
  readonly counts: readonly number[];
  /** Sum of squared distances of the rows to their centroids. */
  readonly inertia: number;
}

/** Assigns every row to its nearest centroid by squared Euclidean distance. */
export function predict(points: Matrix, centroids: Centroids): Assignment {
  const { rows, columns, values } = points;
  const k = centroids.length;
  const flat = Float64Array.from(centroids.flat());
  const labels = new Uint8Array(rows);
  const counts = new Array<number>(k).fill(0);
  let inertia = 0;
  for (let index = 0, start = 0; index < rows; index++, start += columns) {
    let best = 0;
    let nearest = Infinity;
    for (let c = 0, at = 0; c < k; c++) {
      let distance = 0;
      for (let column = 0; column < columns; column++, at++) {
        const gap = (values[start + column] as number) - (flat[at] as number);
        distance += gap * gap;
      }
      if (distance < nearest) {
        nearest = distance;
        best = c;
      }
    }
    labels[index] = best;
    counts[best] = (counts[best] as number) + 1;
    inertia += nearest;
  }
  return { labels, counts, inertia };
}
