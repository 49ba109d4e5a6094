import type { Matrix } from './matrix.ts';

/** How raw counts become the space the clusters live in: log1p, then (x − mean) ÷ std per kept column. */
export interface Scaler {
  readonly transform: 'log1p';
  /** Indexes of the columns that vary; the others carry no information and are left out. */
  readonly kept: readonly number[];
  /** Mean of log1p(x) for every column, kept or not. */
  readonly mean: readonly number[];
  /** Population standard deviation of log1p(x) for every column, 0 where left out. */
  readonly std: readonly number[];
}

/** Below this a column counts as constant: rounding alone makes deviations of this size. */
const NO_VARIANCE = 1e-12;

/** Fits the scaler on raw counts (rows × columns, all ≥ 0). */
export function fitScaler(counts: Matrix): Scaler {
  const { rows, columns, values } = counts;
  const mean = new Array<number>(columns).fill(0);
  const std = new Array<number>(columns).fill(0);
  const kept: number[] = [];
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let at = column; at < values.length; at += columns) sum += Math.log1p(values[at] as number);
    const average = rows === 0 ? 0 : sum / rows;
    let squares = 0;
    for (let at = column; at < values.length; at += columns) {
      squares += (Math.log1p(values[at] as number) - average) ** 2;
    }
    const deviation = rows === 0 ? 0 : Math.sqrt(squares / rows);
    mean[column] = average;
    if (deviation > NO_VARIANCE) {
      std[column] = deviation;
      kept.push(column);
    }
  }
  return { transform: 'log1p', kept, mean, std };
}

/** Raw counts (rows × all columns) → points (rows × kept columns). */
export function scale(counts: Matrix, scaler: Scaler): Matrix {
  const { kept, mean, std } = scaler;
  const values = new Float64Array(counts.rows * kept.length);
  let at = 0;
  for (let start = 0; start < counts.values.length; start += counts.columns) {
    for (const column of kept) {
      const logged = Math.log1p(counts.values[start + column] as number);
      values[at++] = (logged - (mean[column] as number)) / (std[column] as number);
    }
  }
  return { rows: counts.rows, columns: kept.length, values };
}

/** One point (kept columns) → raw counts (all columns); a column left out comes back as its constant. */
export function unscale(point: ArrayLike<number>, scaler: Scaler): number[] {
  const counts = scaler.mean.map((mean) => Math.expm1(mean));
  scaler.kept.forEach((column, at) => {
    counts[column] = Math.expm1(
      (point[at] as number) * (scaler.std[column] as number) + (scaler.mean[column] as number),
    );
  });
  return counts;
}
