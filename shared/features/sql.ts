/** A column of a source table: its DuckDB type, or null when the table lacks it. */
export type Columns = ReadonlyMap<string, string>;

/** A text as an SQL literal. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Texts as an SQL list. */
export const literals = (values: readonly string[]): string => `[${values.map(literal).join(', ')}]`;

const INTEGERS = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/;
const quoted = (column: string): string => `"${column.replaceAll('"', '""')}"`;

/** The column as text; nested Parquet values become JSON; a missing column is null. */
export function textOf(columns: Columns, column: string): string {
  const type = columns.get(column);
  if (type === undefined) return 'NULL::VARCHAR';
  if (type === 'VARCHAR') return quoted(column);
  return /\[\]$|^STRUCT|^MAP/.test(type)
    ? `to_json(${quoted(column)})::VARCHAR`
    : `${quoted(column)}::VARCHAR`;
}

/** An SQL text that holds an integer as BIGINT: `12`, `12.0` and ` 12 ` are 12; all else is null. */
export function parsedInteger(text: string): string {
  return (
    `CASE WHEN TRY_CAST(${text} AS BIGINT)::VARCHAR = ${text} THEN TRY_CAST(${text} AS BIGINT) ` +
    `WHEN regexp_full_match(${text}, '\\s*[+-]?\\d+(\\.0*)?\\s*') ` +
    `THEN TRY_CAST(regexp_replace(trim(${text}), '\\.0*$', '') AS BIGINT) END`
  );
}

/** True when the column holds whole numbers already, as in a typed Parquet file. */
export const isInteger = (columns: Columns, column: string): boolean =>
  INTEGERS.test(columns.get(column) ?? '');

/** The column as BIGINT where it is an integer (12.0 is 12), else null. */
export function integerOf(columns: Columns, column: string): string {
  return isInteger(columns, column)
    ? `TRY_CAST(${quoted(column)} AS BIGINT)`
    : parsedInteger(textOf(columns, column));
}

/** The column as a finite DOUBLE, else null. */
export function doubleOf(columns: Columns, column: string): string {
  const value = `TRY_CAST(trim(${textOf(columns, column)}) AS DOUBLE)`;
  return `CASE WHEN isfinite(${value}) THEN ${value} END`;
}

/** The column as 0 or 1: any number but 0, or the word true, is 1. */
export function flagOf(columns: Columns, column: string): string {
  const text = textOf(columns, column);
  return `CASE WHEN lower(trim(${text})) = 'true' OR coalesce(TRY_CAST(trim(${text}) AS DOUBLE), 0) <> 0 THEN 1 ELSE 0 END`;
}

/**
 * The column as TIMESTAMP in UTC, else null. A text may part date and time by `T` or a blank and may carry a zone;
 * without one it means UTC. Years beyond 9999 and the words infinity and epoch are unreadable. The form without zone and
 * fraction comes first, by its length: almost every row has it.
 */
export function timestampOf(columns: Columns, column: string): string {
  const type = columns.get(column);
  if (type?.startsWith('TIMESTAMP') || type === 'DATE') {
    const value = type === 'TIMESTAMP WITH TIME ZONE' ? `timezone('UTC', ${quoted(column)})` : quoted(column);
    return inRange(`TRY_CAST(${value} AS TIMESTAMP)`);
  }
  const text = textOf(columns, column);
  const joined = [' +', ' -', ' Z'].reduce(
    (sql, mark) => `replace(${sql}, '${mark}', '${mark.trim()}')`,
    `upper(trim(${text}))`,
  );
  const zoned = `TRY_CAST(${joined} AS TIMESTAMPTZ)`;
  return (
    `CASE WHEN strlen(${text}) = 19 AND NOT contains(${text}, '+') THEN TRY_CAST(${text} AS TIMESTAMP) ` +
    `WHEN regexp_full_match(${text}, '\\s*\\d.*') THEN ${inRange(`timezone('UTC', ${zoned})`)} END`
  );
}

function inRange(value: string): string {
  return `CASE WHEN ${value} <= TIMESTAMP '9999-12-31' THEN ${value} END`;
}
