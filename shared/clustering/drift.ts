import type { Matrix } from './matrix.ts';
import type { Model } from './model.ts';

/** How a feature is spread: upper edges of all bins but the last, and the share of users in each bin. */
export type Distribution = Model['distribution'][number];

const BINS = 10;
/** Deciles are taken from about so many evenly spaced users; the shares of the bins from all. */
const SAMPLED = 20_000;
/** Stands in for an empty bin, so that the index stays finite. */
const SMALLEST_SHARE = 1e-4;

const column = (counts: Matrix, index: number): Float64Array =>
  Float64Array.from({ length: counts.rows }, (_, at) => counts.values[at * counts.columns + index] as number);

function sharesOf(values: Float64Array, edges: readonly number[]): number[] {
  const bins = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    let bin = 0;
    while (bin < edges.length && value > (edges[bin] as number)) bin++;
    bins[bin] = (bins[bin] as number) + 1;
  }
  return bins.map((count) => count / Math.max(1, values.length));
}

/** The spread of every column: bins between its deciles; deciles that fall together make one bin. */
export function distributionOf(counts: Matrix): Distribution[] {
  return Array.from({ length: counts.columns }, (_, index) => {
    const values = column(counts, index);
    const step = Math.max(1, Math.floor(values.length / SAMPLED));
    const sorted = values.filter((_, at) => at % step === 0).sort();
    const largest = values.reduce((most, value) => Math.max(most, value), 0);
    const deciles = Array.from(
      { length: BINS - 1 },
      (__, i) => sorted[Math.floor(((i + 1) * sorted.length) / BINS)] ?? 0,
    );
    const edges = [...new Set(deciles)].filter((edge) => edge < largest);
    return { edges, shares: sharesOf(values, edges) };
  });
}

/**
 * Population stability index of every column against the spread it had before: Σ (new − old) · ln(new ÷ old).
 * Below 0.1 nothing changed, above 0.25 the population is another one.
 * Source: Siddiqi, "Credit Risk Scorecards" (2006).
 */
export function stability(counts: Matrix, before: readonly Distribution[]): number[] {
  return before.map(({ edges, shares }, index) =>
    sharesOf(column(counts, index), edges).reduce((sum, share, bin) => {
      const now = Math.max(share, SMALLEST_SHARE);
      const then = Math.max(shares[bin] ?? 0, SMALLEST_SHARE);
      return sum + (now - then) * Math.log(now / then);
    }, 0),
  );
}
