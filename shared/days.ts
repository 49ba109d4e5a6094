const DAY_MS = 86_400_000;

/** Milliseconds since 1970, a day later. */
export const dayAfter = (time: number): number => time + DAY_MS;

/** Days from one time, ISO 8601, to another, in milliseconds since 1970; negative when that is earlier. */
export const daysBetween = (from: string, to: number): number => (to - Date.parse(from)) / DAY_MS;

/** Whole days since the end of data; none when it lies ahead. */
export const ageInDays = (asOf: string, now: number): number =>
  Math.max(0, Math.floor(daysBetween(asOf, now)));
