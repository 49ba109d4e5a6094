/** What a cell says, by the cell grammar of the data contract. */

/** A cell as it was read: text, nothing, or the microseconds since 1970 of a typed time. */
export type Cell = string | bigint | null;

/** The largest quotient that is not above the exact one. */
export const floored = (value: bigint, by: bigint): bigint => value / by - (value % by < 0n ? 1n : 0n);

/** An instant as ISO text, cut to milliseconds. */
export const isoOf = (micros: bigint): string => new Date(Number(floored(micros, 1000n))).toISOString();

export const yearOf = (micros: bigint): number => new Date(Number(floored(micros, 1000n))).getUTCFullYear();

const FIRST_INSTANT = BigInt(Date.UTC(1950, 0, 1)) * 1000n;
const END_OF_INSTANTS = BigInt(Date.UTC(10_000, 0, 1)) * 1000n;

const inRange = (micros: bigint): boolean => micros >= FIRST_INSTANT && micros < END_OF_INSTANTS;

/** The trimmed text, null for a cell that says nothing. */
export function textOf(cell: Cell): string | null {
  if (cell === null) return null;
  const text = typeof cell === 'bigint' ? (inRange(cell) ? isoOf(cell) : 'out of range') : cell.trim();
  return text === '' || text === '\\N' || text.toUpperCase() === 'NULL' ? null : text;
}

const LIMIT = 2n ** 63n;

export function integerOf(cell: Cell): bigint | null {
  const [, sign, digits] = /^([+-]?)([0-9]+)(?:\.0*)?$/.exec(textOf(cell) ?? '') ?? [];
  if (digits === undefined) return null;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return value >= -LIMIT && value < LIMIT ? value : null;
}

const YEARS = /^([+-]?[0-9]+)(?:[.,][0-9]+)?(?:\s*(?:an|ans|année|années|annee|annees|year|years))?$/i;

/** Declared years, cut towards zero; null where none are declared. */
export function yearsOf(cell: Cell): number | null | 'unreadable' {
  const text = textOf(cell);
  if (text === null || text.toUpperCase() === 'NAN') return null;
  const whole = YEARS.exec(text)?.[1];
  // Adding zero turns -0 into 0.
  const years = whole === undefined ? Number.NaN : Number(whole) + 0;
  return Math.abs(years) <= 100 ? years : 'unreadable';
}

const YES = /^(1([.,]0*)?|t|true|y|yes|v|vrai|o|oui)$/i;
const NO = /^(0([.,]0*)?|f|false|n|no|faux|non|nan)$/i;

export function flagOf(cell: Cell, column: string): boolean {
  const text = textOf(cell);
  if (text === null || NO.test(text)) return false;
  if (YES.test(text)) return true;
  throw new Error(`A flag of column ${column} is unreadable.`);
}

/** Milliseconds of a date and a time of day that exist, else null. */
function civil(year: string, month: string, day: string, hour = '0', minute = '0', second = '0') {
  const [y, m, d, h, i, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // A zone moves an instant by less than a day; Date.UTC takes years below 100 for others.
  if (y < 1949 || h > 23 || i > 59 || s > 59) return null;
  const date = new Date(Date.UTC(y, m - 1, d));
  if (date.getUTCFullYear() !== y || date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return null;
  return date.getTime() + ((h * 60 + i) * 60 + s) * 1000;
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?: *(?:Z|UTC|GMT|([+-])(\d\d)(?::?(\d\d))?))?)?$/i;
const FRENCH = /^(\d\d)\/(\d\d)\/(\d{4})(?: (\d\d):(\d\d)(?::(\d\d))?)?$/;
const SECONDS = /^(\d{9,10})(?:\.0*)?$/;
const MILLISECONDS = /^(\d{12,13})(?:\.0*)?$/;

function fromIso(text: string): bigint | null {
  const found = ISO.exec(text);
  if (!found) return null;
  const [, year = '', month = '', day = '', hour, minute, second, fraction = ''] = found;
  const [sign, zoneHours = '0', zoneMinutes = '0'] = found.slice(8);
  const millis = civil(year, month, day, hour, minute, second);
  if (millis === null || Number(zoneHours) > 14 || Number(zoneMinutes) > 59) return null;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return BigInt(millis - zone) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

function fromFrench(text: string): bigint | null {
  const [, day = '', month = '', year = '', hour, minute, second] = FRENCH.exec(text) ?? [];
  const millis = civil(year, month, day, hour, minute, second);
  return millis === null ? null : BigInt(millis) * 1000n;
}

function fromEpoch(text: string): bigint | null {
  const [seconds, millis] = [SECONDS.exec(text)?.[1], MILLISECONDS.exec(text)?.[1]];
  if (seconds !== undefined) return BigInt(seconds) * 1_000_000n;
  return millis === undefined ? null : BigInt(millis) * 1000n;
}

/** Microseconds since 1970; null for nothing and for what is unreadable. */
export function timeOf(cell: Cell): bigint | null {
  if (typeof cell === 'bigint') return inRange(cell) ? cell : null;
  const text = textOf(cell);
  if (text === null) return null;
  const micros = fromIso(text) ?? fromFrench(text) ?? fromEpoch(text);
  return micros !== null && inRange(micros) ? micros : null;
}

/** Whether any text in a JSON value, keys included, holds a surrogate without its other half. */
function torn(value: unknown): boolean {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => torn(key) || torn(inner));
}

export function arrayOf(cell: Cell): unknown[] | null | 'malformed' {
  const text = textOf(cell);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && !torn(value) ? value : 'malformed';
  } catch {
    return 'malformed';
  }
}

/** Text of a JSON element, trimmed; empty for one that is neither a string nor a number. */
export const elementText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

/** A text that is there, not empty and not NR. */
export function said(text: string | null): string | null {
  const clean = text?.trim() ?? '';
  return clean === '' || clean.toUpperCase() === 'NR' ? null : clean;
}
