import { Random } from 'ml-random';

/** Seeded draws for the sample exports: the same seed gives the same file, byte for byte. */
export class Draw {
  private readonly source: Random;

  constructor(seed: number) {
    this.source = new Random(seed);
  }

  /** Uniform on [0, 1). */
  uniform(): number {
    return this.source.random();
  }

  chance(probability: number): boolean {
    return this.source.random() < probability;
  }

  /** Integer on [0, limit). */
  below(limit: number): number {
    return Math.floor(this.source.random() * limit);
  }

  /** Standard normal (Box–Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Heavy-tailed count: the whole part of a log-normal with this median and sigma, at most `max`. */
  count(median: number, sigma: number, max: number): number {
    return Math.min(max, Math.floor(median * Math.exp(sigma * this.normal())));
  }

  /** Successes among `n` trials, exact for small n and by the normal approximation above 50. */
  binomial(n: number, p: number): number {
    if (n > 50) {
      const drawn = Math.round(n * p + Math.sqrt(n * p * (1 - p)) * this.normal());
      return Math.min(n, Math.max(0, drawn));
    }
    let successes = 0;
    for (let i = 0; i < n; i++) if (this.chance(p)) successes++;
    return successes;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** Index drawn with the given weights. */
  weighted(weights: readonly number[]): number {
    let left = this.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = 0; i < weights.length; i++) {
      left -= weights[i] as number;
      if (left < 0) return i;
    }
    return weights.length - 1;
  }
}
