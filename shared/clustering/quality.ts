import { type Matrix, row } from './matrix.ts';
import type { Centroids } from './predict.ts';

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return Math.sqrt(sum);
};

/** Distance of two rows, without making a view of either. */
function between({ columns, values }: Matrix, a: number, b: number): number {
  let sum = 0;
  for (let i = a * columns, j = b * columns; i < (a + 1) * columns; i++, j++) {
    const gap = (values[i] as number) - (values[j] as number);
    sum += gap * gap;
  }
  return Math.sqrt(sum);
}

/**
 * Mean silhouette over at most `sampleRows` evenly spaced rows, −1…1, higher is better separated.
 * Source: Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20 (1987).
 */
export function silhouette(points: Matrix, labels: Uint8Array, k: number, sampleRows: number): number {
  const size = Math.min(points.rows, sampleRows);
  const picked = Array.from({ length: size }, (_, i) => Math.floor((i * points.rows) / size));
  let total = 0;
  let counted = 0;
  for (const index of picked) {
    const sums = new Float64Array(k);
    const counts = new Float64Array(k);
    const own = labels[index] as number;
    for (const other of picked) {
      if (other === index) continue;
      const label = labels[other] as number;
      sums[label] = (sums[label] as number) + between(points, index, other);
      counts[label] = (counts[label] as number) + 1;
    }
    counted++;
    if (counts[own] === 0) continue;
    const inside = (sums[own] as number) / (counts[own] as number);
    let outside = Infinity;
    for (let c = 0; c < k; c++) {
      const count = counts[c] as number;
      if (c !== own && count > 0) outside = Math.min(outside, (sums[c] as number) / count);
    }
    if (Number.isFinite(outside)) total += (outside - inside) / (Math.max(inside, outside) || 1);
  }
  return counted === 0 ? 0 : total / counted;
}

/**
 * Davies–Bouldin index over all rows, ≥ 0, lower is better separated.
 * Source: Davies and Bouldin, "A Cluster Separation Measure", IEEE TPAMI 1 (1979).
 */
export function daviesBouldin(points: Matrix, labels: Uint8Array, centroids: Centroids): number {
  const spread = centroids.map(() => 0);
  const counts = centroids.map(() => 0);
  for (let index = 0; index < points.rows; index++) {
    const label = labels[index] as number;
    spread[label] = (spread[label] as number) + distance(row(points, index), centroids[label] as number[]);
    counts[label] = (counts[label] as number) + 1;
  }
  const mean = spread.map((sum, c) => sum / ((counts[c] as number) || 1));
  const worst = centroids.map((centroid, a) =>
    Math.max(
      ...centroids.map((other, b) =>
        a === b
          ? 0
          : ((mean[a] as number) + (mean[b] as number)) / (distance(centroid, other) || Number.MIN_VALUE),
      ),
    ),
  );
  return worst.reduce((sum, value) => sum + value, 0) / centroids.length;
}
