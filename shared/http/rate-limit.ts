import { ServiceError } from '../errors.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * A token bucket for each caller: a minute's requests may come at once, then they come as fast as the minute allows.
 * It counts within one instance, as a seat belt; callers are few, because each was let in by its credentials.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  /**
   * @param perMinute requests a caller may make in a minute; 0: as many as it likes
   * @param now milliseconds, rising
   */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number,
  ) {}

  /** @throws ServiceError rate_limited, with the seconds to wait */
  require(caller: string): void {
    if (this.perMinute === 0) return;
    const now = this.now();
    const perMs = this.perMinute / 60_000;
    const bucket = this.buckets.get(caller) ?? { tokens: this.perMinute, at: now };
    bucket.tokens = Math.min(this.perMinute, bucket.tokens + (now - bucket.at) * perMs);
    bucket.at = now;
    this.buckets.set(caller, bucket);
    if (bucket.tokens >= 1) bucket.tokens--;
    else {
      const seconds = Math.ceil((1 - bucket.tokens) / perMs / 1000);
      throw new ServiceError('rate_limited', `Too many requests: wait ${seconds} s and go slower.`, {
        headers: { 'Retry-After': String(seconds) },
      });
    }
  }
}
