import { COUNTED_EVENTS, EVENT_TYPES, FEATURES, FLAGS, KIND_ALIASES, USE_EVENTS } from './features.ts';
import {
  type Columns,
  flagOf,
  idOf,
  integerOf,
  literal,
  parsedInteger,
  said,
  textOf,
  timestampOf,
  trimmed,
} from './sql.ts';

/** Why an event is left out, by the code that `tallies` gives it. */
export const LEFT_OUT = {
  100: 'without user',
  101: 'unreadable date',
  102: 'after as_of',
  103: 'unknown user',
  104: 'in the future',
} as const;

/** Code of an event whose type nobody knows. */
export const UNKNOWN_TYPE = 90;
const NO_USER = 100;
const BAD_DATE = 101;
const TOO_LATE = 102;
const UNKNOWN_USER = 103;
const FUTURE = 104;

const useCode = (index: number): number => index + 1;
const countedCode = (index: number): number => USE_EVENTS.length + index + 1;
const IS_USE = `code BETWEEN 1 AND ${USE_EVENTS.length}`;

/** A content kind as written, in lower case and with hyphens. */
const cleanKind = (text: string): string => `replace(lower(${trimmed(text)}), '_', '-')`;

/** A content kind in one spelling, null where none is said. */
const kindOf = (text: string): string => {
  const aliases = Object.entries(KIND_ALIASES).flatMap(([kind, names]) =>
    names.filter((name) => name !== kind).map((name) => `WHEN ${literal(name)} THEN ${literal(kind)}`),
  );
  return `CASE WHEN ${said(text)} IS NULL THEN NULL ELSE CASE ${cleanKind(text)} ${aliases.join(' ')} ELSE ${cleanKind(text)} END END`;
};

/** SQL for `content_rows`: kind, id and flags of every row of the contents; a flag is null where its word is none. */
export function contentRowsSql(from: string, columns: Columns): string {
  const flags = FLAGS.map((flag) => `${flagOf(columns, flag)} AS ${flag}`).join(', ');
  return `
CREATE OR REPLACE TABLE content_rows AS
SELECT ${kindOf(textOf(columns, 'type'))} AS kind, ${integerOf(columns, 'id')} AS content_id, ${flags} FROM ${from}`;
}

/**
 * SQL for `contents` from `content_rows`: one row per (kind, id) with its flags and `code`, the code its uses have in
 * `tallies` (null for kinds whose use is not counted). Of rows that share kind and id, a flag counts if any carries it.
 */
export function contentsSql(): string {
  const codes = USE_EVENTS.map((event, index) => `WHEN ${literal(event.kind)} THEN ${useCode(index)}`).join(
    ' ',
  );
  const flags = FLAGS.map((flag) => `max(${flag}) AS ${flag}`).join(', ');
  return `
CREATE OR REPLACE TABLE contents AS
SELECT kind, CASE kind ${codes} END AS code, content_id, ${flags}
FROM content_rows WHERE content_id IS NOT NULL AND kind IS NOT NULL GROUP BY kind, content_id`;
}

/** SQL for the texts of the contents that have one (column `markdown` must be there), with the editors' own flags, in the order of kind and id. */
export function contentTextsSql(from: string, columns: Columns): string {
  const flags = FLAGS.map((flag) => `${flagOf(columns, flag)} AS ${flag}`).join(', ');
  const [kind, id] = [kindOf(textOf(columns, 'type')), integerOf(columns, 'id')];
  return `
SELECT ${kind} AS kind, ${id} AS content_id,
  coalesce(${textOf(columns, 'title')}, '') AS title, ${textOf(columns, 'markdown')} AS markdown, ${flags}
FROM ${from} WHERE ${said(textOf(columns, 'markdown'))} IS NOT NULL AND ${id} IS NOT NULL AND ${kind} IS NOT NULL
ORDER BY kind, content_id, title, markdown`;
}

/**
 * The event id as a number ≥ 0 that tells ids apart, cheap to make: what the cast takes for a number, else a hash; null
 * where there is none. Spellings of one id have one number: the cast sees them with and without blanks alike.
 */
const idKey = (columns: Columns): string => {
  if (columns.get('id') === 'BIGINT') return '(id & 9223372036854775807)';
  const text = textOf(columns, 'id');
  const number = (of: string) => `TRY_CAST(${of} AS BIGINT)`;
  return (
    `CASE WHEN ${number(text)} IS NOT NULL THEN ${number(text)} & 9223372036854775807 ` +
    `WHEN ${number(trimmed(text))} IS NOT NULL THEN ${number(trimmed(text))} & 9223372036854775807 ` +
    `WHEN ${said(text)} IS NOT NULL THEN (hash(${trimmed(text)}) >> 1)::BIGINT END`
  );
};

/**
 * SQL for `suspects`: pages of 64 neighbouring event ids that hold more rows than distinct ids. Every repeated id lies
 * in one; finding pages costs a group per 64 ids where finding the ids themselves would cost a group per event.
 */
export function suspectsSql(from: string, columns: Columns): string {
  if (!columns.has('id')) return 'CREATE OR REPLACE TABLE suspects AS SELECT 0::BIGINT AS page WHERE false';
  return `
CREATE OR REPLACE TABLE suspects AS
SELECT page FROM (
  SELECT k >> 6 AS page, k & 63 AS slot FROM (
    SELECT ${idKey(columns)} AS k FROM ${from}))
GROUP BY page HAVING page IS NOT NULL AND count(*) > bit_count(bit_or(1::UBIGINT << slot))`;
}

/** Types that most events have, the most frequent last: they are compared first. */
const COMMON_TYPES: readonly string[] = ['download', 'page_view', 'click_mail', 'opened_mail', 'session'];

/** An event type without the blanks at its ends, in lower case. */
const foldedType = (columns: Columns): string => `lower(${trimmed(textOf(columns, 'type'))})`;

/** Code of a row by a text that may be an event type, else `otherwise`. */
function codeOfType(type: string, columns: Columns, otherwise: string): string {
  const kind = cleanKind(textOf(columns, 'content_type'));
  const codes = EVENT_TYPES.map((name) => {
    const counted = COUNTED_EVENTS.findIndex((event) => event.type === name);
    const kinds = USE_EVENTS.flatMap((event, index) =>
      event.type === name
        ? (KIND_ALIASES[event.kind] ?? [event.kind]).map(
            (alias) => `WHEN ${literal(alias)} THEN ${useCode(index)}`,
          )
        : [],
    );
    const code =
      kinds.length > 0
        ? `CASE ${kind} ${kinds.join(' ')} ELSE 0 END`
        : counted < 0
          ? 0
          : countedCode(counted);
    return { common: COMMON_TYPES.indexOf(name), sql: `WHEN ${literal(name)} THEN ${code}` };
  });
  const ordered = codes.sort((a, b) => b.common - a.common).map(({ sql }) => sql);
  return `CASE ${type} ${ordered.join(' ')} ELSE ${otherwise} END`;
}

/** Code of a row by event type and content kind; a type is read as written first, since folding costs more. */
function codeSql(columns: Columns): string {
  const type = textOf(columns, 'type');
  return codeOfType(type, columns, codeOfType(foldedType(columns), columns, String(UNKNOWN_TYPE)));
}

/** Parts an event id from a content id in `detail`. */
const SEPARATOR = 'chr(31)';
const ESCAPE = 'chr(30)';

/** A text in which the separator stands otherwise, and no two texts become one. */
const withoutSeparator = (text: string): string =>
  `replace(replace(${text}, ${ESCAPE}, ${ESCAPE} || '0'), ${SEPARATOR}, ${ESCAPE} || '1')`;

/** Letters of an unknown type that are kept; a type is a short word. */
const LONGEST_TYPE = 40;

/**
 * SQL for `grouped` in one pass over the events: one row per (user, code, detail), with the number of rows
 * and the first and last time that is not in the future. `detail` is empty for most events, so that the groups stay few:
 * it holds the content of a use, an unknown type, and the id of an event that lies in a suspect page.
 * @param asOf SQL timestamp after which events are left out, or null for none
 * @param future SQL timestamp after which no event can have happened yet
 */
export function groupedSql(from: string, columns: Columns, asOf: string | null, future: string): string {
  const content = `coalesce(${withoutSeparator(textOf(columns, 'content_id'))}, '')`;
  const type = `left(coalesce(${said(foldedType(columns))}, ''), ${LONGEST_TYPE})`;
  const what = `CASE WHEN ${IS_USE} THEN ${content} WHEN code = ${UNKNOWN_TYPE} THEN ${type}`;
  const usual = `CASE WHEN ${IS_USE} OR code = ${UNKNOWN_TYPE} THEN ${SEPARATOR} || ${what} END END`;
  const detail = columns.has('id')
    ? `CASE WHEN ((${idKey(columns)}) >> 6) IN (SELECT page FROM suspects)
        THEN coalesce(${withoutSeparator(idOf(columns, 'id'))}, '') || ${SEPARATOR} || ${what} ELSE '' END ELSE ${usual} END`
    : usual;
  const late = asOf === null ? '' : `WHEN moment > ${asOf} THEN ${TOO_LATE}`;
  const known = `moment <= ${future}`;
  return `
CREATE OR REPLACE TABLE grouped AS
WITH dated AS (SELECT *, ${timestampOf(columns, 'created_at')} AS moment FROM ${from}),
coded AS (
  SELECT *, (CASE WHEN moment IS NULL THEN ${BAD_DATE} WHEN NOT ${known} THEN ${FUTURE} ${late}
    ELSE ${codeSql(columns)} END)::UTINYINT AS code FROM dated
)
SELECT ${integerOf(columns, 'user_id')} AS whose, code, ${detail} AS detail,
  count(*) AS n, min(moment) FILTER (${known}) AS first_at, max(moment) FILTER (${known}) AS last_at
FROM coded GROUP BY ALL`;
}

/**
 * SQL for `tallies` from `grouped` and `user_ids`: one row per (user id, code, content id, unknown type) with `n` events
 * counted and `repeats`, rows not counted because their event id had been. Which of several rows with one id counts does not
 * depend on their order.
 */
export function talliesSql(): string {
  const code = `CASE WHEN whose IS NULL THEN ${NO_USER} WHEN code >= ${NO_USER} THEN code
      WHEN u.user_id IS NULL THEN ${UNKNOWN_USER} ELSE code END`;
  return `
CREATE OR REPLACE TABLE tallies AS
WITH known AS (
  SELECT user_id, code, CASE WHEN ${IS_USE} THEN ${parsedInteger('content')} END AS content_id,
    CASE WHEN code = ${UNKNOWN_TYPE} THEN content END AS unknown_type, nullif(event_id, '') AS event_id, n, first_at, last_at
  FROM (SELECT u.user_id, ${code} AS code, content, event_id, n, first_at, last_at FROM (
    SELECT * EXCLUDE (detail),
      split_part(detail, ${SEPARATOR}, 1) AS event_id, split_part(detail, ${SEPARATOR}, 2) AS content
    FROM grouped
  ) LEFT JOIN user_ids u ON u.user_id = whose)
), counted AS (
  SELECT user_id, code, content_id, unknown_type, n, 0 AS repeats, first_at, last_at FROM known WHERE event_id IS NULL
  UNION ALL
  SELECT kept.user_id, kept.code, kept.content_id, kept.unknown_type, 1, n - 1, first_at, last_at FROM (
    SELECT min({'left_out': code >= ${NO_USER}, 'code': code, 'user_id': user_id, 'content_id': content_id,
        'unknown_type': unknown_type}) AS kept,
      sum(n) AS n, min(first_at) AS first_at, max(last_at) AS last_at
    FROM known WHERE event_id IS NOT NULL GROUP BY event_id)
)
SELECT user_id, code, content_id, unknown_type, sum(n)::BIGINT AS n, sum(repeats)::BIGINT AS repeats,
  min(first_at) AS first_at, max(last_at) AS last_at
FROM counted GROUP BY ALL`;
}

/** SQL for `features`: user_id and the 13 columns, one row per user of `people`, zeros where nothing was done. */
export function featuresSql(): string {
  const single: Record<string, string> = Object.fromEntries([
    ...USE_EVENTS.map((event, index) => [event.feature, `sum(n) FILTER (t.code = ${useCode(index)})`]),
    ...COUNTED_EVENTS.map((event, index) => [
      event.feature,
      `sum(n) FILTER (t.code = ${countedCode(index)})`,
    ]),
    ...FLAGS.map((flag) => [`nb_${flag}`, `sum(n) FILTER (t.${IS_USE} AND ${flag} = 1)`]),
    ['total_interactions_x', `sum(n) FILTER (t.${IS_USE})`],
    [
      'diversite_contenus',
      `count(DISTINCT (t.code, t.content_id)) FILTER (t.${IS_USE} AND t.content_id IS NOT NULL)`,
    ],
  ]);
  return `
CREATE OR REPLACE TABLE features AS
SELECT p.user_id, ${FEATURES.map((name) => `coalesce(${single[name]}, 0)::BIGINT AS ${name}`).join(',\n  ')}
FROM people p
LEFT JOIN (SELECT * FROM tallies WHERE n > 0 AND code BETWEEN 1 AND ${countedCode(COUNTED_EVENTS.length - 1)}) t USING (user_id)
LEFT JOIN contents c ON c.code = t.code AND c.content_id = t.content_id
GROUP BY p.user_id ORDER BY p.user_id`;
}
