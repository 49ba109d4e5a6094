/**
 * The grammar of a cell: what a text in an export means, whatever an SQL engine's own casts would make of it. A dialect
 * turns these tables into expressions; EXAMPLES hold every dialect, and the README, to the same answers.
 */

/** What is removed at both ends of a cell: the white space and line ends of ECMAScript, as `String.prototype.trim`. */
export const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** Cells, trimmed and in upper case, that say nothing. */
export const NULL_WORDS = ['', '\\N', 'NULL'] as const;

/** What a number that is none is called, in upper case: it says nothing where a number or a flag is expected. */
export const NOT_A_NUMBER = 'NAN';

/** An integer of 64 bits; `.0` at its end does not matter. */
export const INTEGER = String.raw`[+-]?\d+(\.0*)?`;

const YEAR_WORDS = ['AN', 'ANS', 'ANNÉE', 'ANNÉES', 'ANNEE', 'ANNEES', 'YEAR', 'YEARS'];

/** Years of service: a decimal number with a point or a comma, and the word for years. The first group is its whole part. */
export const YEARS = String.raw`([+-]?\d+)([.,]\d+)?[${BLANKS}]*(${YEAR_WORDS.join('|')})?`;

/** Nobody has served longer. */
export const MOST_YEARS = 100;

/** Words of a flag, in lower case; a number is 0 or 1, with a point or a comma. */
export const FLAG_WORDS = {
  yes: { words: ['t', 'true', 'y', 'yes', 'v', 'vrai', 'o', 'oui'], number: String.raw`1([.,]0*)?` },
  no: { words: ['f', 'false', 'n', 'no', 'faux', 'non'], number: String.raw`0([.,]0*)?` },
} as const;

const CLOCK = String.raw`([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?`;
const ZONE = String.raw`(Z|UTC|GMT|[+-](0\d|1[0-4])(:?[0-5]\d)?)`;

/** Forms of a time, in upper case. That the day exists is checked beside them. */
export const TIME_FORMS = {
  iso: String.raw`\d{4}-\d\d-\d\d([T ]${CLOCK}( *${ZONE})?)?`,
  french: String.raw`\d\d/\d\d/\d{4}( ([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?`,
  seconds: String.raw`\d{9,10}(\.0*)?`,
  milliseconds: String.raw`\d{12,13}(\.0*)?`,
} as const;

/** The form that most other times have, in years far from the first and last: an engine's own cast reads it alike. */
export const ZONED_TIME = String.raw`(19[6-9]\d|[2-8]\d{3})-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4])(:[0-5]\d)?)?`;

/** Parts of a time in ISO form: its clock with a fraction of six digits at most, and its zone. */
export const ISO_CLOCK = String.raw`^.{10}[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)`;
export const ISO_ZONE = String.raw`^.{10}[T ][\d:.]+ *([+-].*)$`;

/** The platform is younger: what is dated earlier, in UTC, has no known time. */
export const FIRST_YEAR = 1950;
export const LAST_YEAR = 9999;

/** JSON that engines take although it is none, once its strings are taken out: NaN, infinities, a comma before the end. */
export const NO_JSON = String.raw`[nN][aA][nN]|[iI][nN][fF]|,\s*[\]}]`;
export const JSON_STRING = String.raw`"(\\.|[^"\\])*"`;

type Meaning = string | number | null;

/** Cells and what they mean: null says nothing or cannot be read, `error` ends the run. */
export const EXAMPLES: Readonly<
  Record<'text' | 'integer' | 'years' | 'flag' | 'time' | 'json', readonly (readonly [string, Meaning])[]>
> = {
  text: [
    ['\u00a0 CP\t', 'CP'],
    ['  ', null],
    ['\\N', null],
    ['null', null],
    ['nan', 'nan'],
  ],
  integer: [
    ['12', 12],
    ['12.0', 12],
    ['12.', 12],
    ['+12', 12],
    ['-012', -12],
    ['\u00a012\t', 12],
    ['9007199254740993.0', '9007199254740993'],
    ['9223372036854775808', null],
    ['12,0', null],
    ['12.5', null],
    ['1e3', null],
    ['1_0', null],
    ['0x1F', null],
    ['a1b2c3d4e5', null],
  ],
  years: [
    ['7', 7],
    ['7,5', 7],
    ['7.9 ans', 7],
    ['12\u00a0ANNÉES', 12],
    ['1 an', 1],
    ['-3', -3],
    ['NaN', null],
    ['beaucoup', 'unreadable'],
    ['100,5', 100],
    ['99.99999999999999999999', 99],
    ['150', 'unreadable'],
    ['1e1', 'unreadable'],
  ],
  flag: [
    ['1', 1],
    ['1,0', 1],
    ['t', 1],
    ['VRAI', 1],
    ['oui', 1],
    ['Yes', 1],
    ['0.0', 0],
    ['faux', 0],
    ['non', 0],
    ['', 0],
    ['NaN', 0],
    ['2', 'error'],
    ['peut-être', 'error'],
  ],
  time: [
    ['2025-06-01 10:00:00', '2025-06-01T10:00:00.000Z'],
    ['2025-06-01T10:00:00', '2025-06-01T10:00:00.000Z'],
    ['2025-06-01t10:00:00', '2025-06-01T10:00:00.000Z'],
    ['2025-06-01', '2025-06-01T00:00:00.000Z'],
    ['2025-06-01t10:00z', '2025-06-01T10:00:00.000Z'],
    ['2025-06-01 10:00:00.123456789', '2025-06-01T10:00:00.123Z'],
    ['2025-06-01 10:00:00 UTC', '2025-06-01T10:00:00.000Z'],
    ['2025-06-01 10:00:00+02', '2025-06-01T08:00:00.000Z'],
    ['2025-06-01T10:00:00-0930', '2025-06-01T19:30:00.000Z'],
    ['2025-06-01 10:00 +05:30', '2025-06-01T04:30:00.000Z'],
    ['01/03/2011', '2011-03-01T00:00:00.000Z'],
    ['01/03/2011 10:00', '2011-03-01T10:00:00.000Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z'],
    ['1700000000.0', '2023-11-14T22:13:20.000Z'],
    ['1700000000123', '2023-11-14T22:13:20.123Z'],
    ['2025-06-01 24:00:00', null],
    ['2025-06-01 23:59:60', null],
    ['2025-06-01  9:00:00', null],
    ['2025-06-01T 9:00:00', null],
    ['2025-06-1 001:00:00', null],
    ['2025-06-1\t 01:00:00', null],
    ['2025-06-01 10:00:0Z', null],
    ['2025-06-01 10:00:00+25:00', null],
    ['2025-06-01 10:00:00 America/New_York', null],
    ['2025/06/01 10:00:00', null],
    ['2025-6-1', null],
    ['2025-02-30', null],
    ['30/02/2025', null],
    ['20250601', null],
    ['2025-06-01 (BC)', null],
    ['-2025-06-28 10:00:00', null],
    ['1949-12-31 23:59:59', null],
    ['0000-00-00 00:00:00', null],
    ['infinity', null],
  ],
  json: [
    ['["CP", "6e"]', '["CP", "6e"]'],
    ['\u00a0[] ', '[]'],
    ['["NaN, ]"]', '["NaN, ]"]'],
    ['', null],
    ['null', null],
    ['{"a":1}', 'malformed'],
    ["['CP']", 'malformed'],
    ['["CP",]', 'malformed'],
    ['[NaN]', 'malformed'],
    ['["\\ud800"]', 'malformed'],
    ['["CP"', 'malformed'],
  ],
};
