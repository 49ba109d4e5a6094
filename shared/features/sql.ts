import {
  BLANKS,
  FIRST_YEAR,
  FLAG_WORDS,
  INTEGER,
  ISO_CLOCK,
  ISO_ZONE,
  JSON_STRING,
  LAST_YEAR,
  MOST_YEARS,
  NO_JSON,
  NOT_A_NUMBER,
  NULL_WORDS,
  TIME_FORMS,
  YEARS,
  ZONED_TIME,
} from './grammar.ts';

/** A column of a source table: its DuckDB type; a column that the table lacks is not in it. */
export type Columns = ReadonlyMap<string, string>;

/** A text as an SQL literal. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Texts as an SQL list. */
export const literals = (values: readonly string[]): string => `[${values.map(literal).join(', ')}]`;

/** A column's name in SQL. */
export const quoted = (column: string): string => `"${column.replaceAll('"', '""')}"`;

const INTEGERS = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/;
const NESTED = /\[\d*\]$|^STRUCT|^MAP/;
const matches = (text: string, pattern: string): string => `regexp_full_match(${text}, ${literal(pattern)})`;
const among = (text: string, words: readonly string[]): string =>
  `${text} IN (${words.map(literal).join(', ')})`;

/** A text without the blanks at its ends; where the first and last letters are printable ones of ASCII there are none. */
export const trimmed = (text: string): string =>
  `CASE WHEN regexp_matches(${text}, '^[^!-~]|[^!-~]$') THEN trim(${text}, ${literal(BLANKS)}) ELSE ${text} END`;

/** Capitals of a text as far as a word that says nothing may go: a cell may be long. */
const firstLetters = (text: string): string => `upper(left(${text}, 5))`;

/** A text without the blanks at its ends, null where it says nothing. */
export const said = (text: string): string =>
  `CASE WHEN NOT ${among(firstLetters(trimmed(text)), NULL_WORDS)} THEN ${trimmed(text)} END`;

/** The column as text; nested Parquet values become JSON, a NaN is null; a missing column is null. */
export function textOf(columns: Columns, column: string): string {
  const type = columns.get(column);
  if (type === undefined) return 'NULL::VARCHAR';
  const name = quoted(column);
  if (type === 'VARCHAR') return name;
  if (type === 'FLOAT' || type === 'DOUBLE') return `CASE WHEN NOT isnan(${name}) THEN ${name}::VARCHAR END`;
  return NESTED.test(type) ? `to_json(${name})::VARCHAR` : `${name}::VARCHAR`;
}

/** An SQL text that holds an integer as BIGINT, else null. The cast that gives the text back is the fast path. */
export function parsedInteger(text: string): string {
  const clean = trimmed(text);
  return (
    `CASE WHEN TRY_CAST(${text} AS BIGINT)::VARCHAR = ${text} THEN TRY_CAST(${text} AS BIGINT) ` +
    `WHEN ${matches(clean, INTEGER)} THEN TRY_CAST(regexp_replace(${clean}, '\\.0*$', '') AS BIGINT) END`
  );
}

/** True when the column holds whole numbers already, as in a typed Parquet file. */
const isInteger = (columns: Columns, column: string): boolean => INTEGERS.test(columns.get(column) ?? '');

/** The column as BIGINT where it is an integer (12.0 is 12), else null. */
export function integerOf(columns: Columns, column: string): string {
  return isInteger(columns, column)
    ? `TRY_CAST(${quoted(column)} AS BIGINT)`
    : parsedInteger(textOf(columns, column));
}

/** The column with an integer in its shortest form, else the trimmed text; null where it says nothing. */
export const idOf = (columns: Columns, column: string): string =>
  `coalesce((${integerOf(columns, column)})::VARCHAR, ${said(textOf(columns, column))})`;

/** A text that says something where a number is expected: NaN does not. */
const saidNumber = (text: string): string =>
  `CASE WHEN NOT ${among(firstLetters(trimmed(text)), [...NULL_WORDS, NOT_A_NUMBER])} THEN upper(${trimmed(text)}) END`;

/** Whole years of service, cut towards zero; null where nothing is said or it cannot be read. */
export function yearsOf(columns: Columns, column: string): string {
  const text = saidNumber(textOf(columns, column));
  const years = `TRY_CAST(regexp_extract(${text}, ${literal(`^${YEARS}$`)}, 1) AS INTEGER)`;
  return `CASE WHEN ${matches(text, YEARS)} AND abs(${years}) <= ${MOST_YEARS} THEN ${years} END`;
}

/** True of a trimmed text, null where it says nothing, that says something where a number is expected. */
export const isNumberSaid = (text: string): string =>
  `(${text} IS NOT NULL AND upper(${text}) <> ${literal(NOT_A_NUMBER)})`;

/** The column as 0 or 1, null when its word is no flag; what says nothing is 0. */
export function flagOf(columns: Columns, column: string): string {
  const text = `lower(${saidNumber(textOf(columns, column))})`;
  const is = ({ words, number }: (typeof FLAG_WORDS)['yes' | 'no']) =>
    `${among(text, words)} OR ${matches(text, number)}`;
  return `CASE WHEN ${text} IS NULL OR ${is(FLAG_WORDS.no)} THEN 0 WHEN ${is(FLAG_WORDS.yes)} THEN 1 END`;
}

/** A time of any form in upper case, trimmed, as TIMESTAMP in UTC; null when it is none. */
function anyTime(text: string): string {
  const clock = `coalesce(nullif(regexp_extract(${text}, ${literal(ISO_CLOCK)}, 1), ''), '00:00')`;
  const zone = `regexp_replace(regexp_extract(${text}, ${literal(ISO_ZONE)}, 1), ':', '')`;
  const minutes = `TRY_CAST(${zone}[2:3] AS INTEGER) * 60 + coalesce(TRY_CAST(${zone}[4:5] AS INTEGER), 0)`;
  const offset = `CASE left(${zone}, 1) WHEN '+' THEN ${minutes} WHEN '-' THEN -(${minutes}) ELSE 0 END`;
  const local = `TRY_CAST(left(${text}, 10) || ' ' || ${clock} AS TIMESTAMP)`;
  const day = `${text}[7:10] || '-' || ${text}[4:5] || '-' || ${text}[1:2]`;
  const number = `TRY_CAST(regexp_replace(${text}, '\\.0*$', '') AS BIGINT)`;
  return (
    `CASE WHEN ${matches(text, TIME_FORMS.iso)} THEN ${local} - to_minutes(${offset}) ` +
    `WHEN ${matches(text, TIME_FORMS.french)} THEN TRY_CAST(${day} || ' ' || coalesce(nullif(${text}[12:], ''), '00:00') AS TIMESTAMP) ` +
    `WHEN ${matches(text, TIME_FORMS.seconds)} THEN epoch_ms(${number} * 1000) ` +
    `WHEN ${matches(text, TIME_FORMS.milliseconds)} THEN epoch_ms(${number}) END`
  );
}

/** True of a time within the years that count; not of infinity. */
const isInRange = (time: string): string =>
  `(${time} >= TIMESTAMP '${FIRST_YEAR}-01-01' AND ${time} < TIMESTAMP '${LAST_YEAR}-12-31' + INTERVAL 1 DAY)`;

/** A time within the years that count, else null. */
const inRange = (time: string): string => `CASE WHEN ${isInRange(time)} THEN ${time} END`;

const isTime = (type: string | undefined): boolean =>
  type?.startsWith('TIMESTAMP') === true || type === 'DATE';

/** What the engine's own cast makes a TIMESTAMP of: of a typed column the time in UTC, of a text more than times. */
function castTime(columns: Columns, column: string): string {
  const type = columns.get(column);
  const value = isTime(type) ? quoted(column) : textOf(columns, column);
  return `TRY_CAST(${type === 'TIMESTAMP WITH TIME ZONE' ? `try(timezone('UTC', ${value}))` : value} AS TIMESTAMP)`;
}

/**
 * The column as TIMESTAMP in UTC by the grammar of times, else null. Almost every row has a form that the cast reads and
 * gives back; most others a form that the cast with a zone reads; a text without the digits of a year is none. They stand
 * in a CASE: of a COALESCE DuckDB works out parts of what comes later for every row.
 */
export function timestampOf(columns: Columns, column: string): string {
  const cast = castTime(columns, column);
  if (isTime(columns.get(column))) return inRange(cast);
  const text = textOf(columns, column);
  const any = inRange(anyTime(`upper(${trimmed(text)})`));
  return (
    `CASE WHEN ${cast}::VARCHAR = ${text} AND ${isInRange(cast)} THEN ${cast} ` +
    `WHEN ${matches(text, ZONED_TIME)} THEN timezone('UTC', TRY_CAST(${text} AS TIMESTAMPTZ)) ` +
    `WHEN regexp_matches(${text}, '\\d{4}') THEN ${any} END`
  );
}

/** A JSON array in a column, or null when it says nothing, is malformed or holds something else. */
export function jsonArrayOf(columns: Columns, column: string): string {
  const text = trimmed(textOf(columns, column));
  const strict =
    `NOT regexp_matches(${text}, ${literal(NO_JSON)}) ` +
    `OR NOT regexp_matches(regexp_replace(${text}, ${literal(JSON_STRING)}, '""', 'g'), ${literal(NO_JSON)})`;
  return `CASE WHEN starts_with(${text}, '[') AND json_valid(${text}) AND (${strict}) THEN ${text} END`;
}

/** The text of a string or number in JSON, without the blanks at its ends; null where it is neither. */
export const jsonText = (json: string, path: string): string =>
  `CASE WHEN json_type(${json}, ${literal(path)}) IN ('VARCHAR', 'BIGINT', 'UBIGINT', 'DOUBLE') ` +
  `THEN trim(json_extract_string(${json}, ${literal(path)}), ${literal(BLANKS)}) END`;
