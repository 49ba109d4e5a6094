import { dayAfter } from '../days.ts';
import {
  contentRowsSql,
  contentsSql,
  groupedSql,
  LEFT_OUT,
  suspectsSql,
  talliesSql,
  UNKNOWN_TYPE,
} from '../features/events.ts';
import { FLAGS } from '../features/features.ts';
import { flagOf, integerOf } from '../features/sql.ts';
import { openSource, type Source, verifySource } from './source/open-source.ts';
import { SourceError, type TableName, TABLES } from './source/source-error.ts';
import type { Table } from './source/table.ts';
import type { Row, Workbench } from './workbench.ts';

/** What the export holds, and what of it was left out and why. */
export interface ReadReport {
  readonly users: number;
  /** Rows of the users table, those whose id is no whole positive number, and those that repeat an id. */
  readonly user_rows: number;
  readonly unusable_user_rows: number;
  readonly repeated_user_rows: number;
  /** Contents by kind and id, rows of their table, and rows without a usable id or kind. */
  readonly contents: number;
  readonly content_rows: number;
  readonly unusable_content_rows: number;
  readonly events: number;
  readonly repeated_events: number;
  readonly left_out: Readonly<Record<string, number>>;
  readonly matched_uses: number;
  readonly uses: number;
  /** Event types that nobody knows, with the number of their events. */
  readonly unknown_types: Readonly<Record<string, number>>;
  readonly first_event: string | null;
  readonly last_event: string | null;
  /** Rows with a cell that is not UTF-8, by table, and where the first of them stands. */
  readonly not_utf8: Readonly<Record<TableName, number>>;
  readonly first_not_utf8: string | null;
  /** Columns that could be read and are not there, as `table.column`. */
  readonly absent_columns: readonly string[];
}

export interface ReadResult {
  readonly source: Source;
  /** Events up to this time count, ISO 8601 in UTC. */
  readonly asOf: string;
  readonly report: ReadReport;
}

/** A time as an SQL timestamp. */
export const sqlTime = (iso: string): string => `TIMESTAMP '${iso.replace('T', ' ').replace('Z', '')}'`;

/** User ids are whole numbers from 1 to 2^53 − 1, as the API takes them. */
const usableId = (id: string): string => `CASE WHEN ${id} BETWEEN 1 AND 9007199254740991 THEN ${id} END`;

const isoSql = (column: string): string => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ')`;

/** Microseconds of DuckDB cut to the milliseconds of JavaScript. */
const timeOf = (value: Row[string]): string | null =>
  typeof value === 'string' ? `${value.slice(0, 23)}Z` : null;

/** Unknown types that are told by name, the most frequent first. */
const NAMED_TYPES = 50;

/** A type that may be told: a short word. Anything else may be a cell of another column. */
const isTypeName = (type: string): boolean => /^[a-z][a-z0-9_-]{0,29}$/.test(type);

/** Unknown types with their events; what is no word, or rare among many, is summed as `others`. */
function unknownTypesOf(rows: readonly Row[]): Record<string, number> {
  const types = new Map<string, number>();
  let named = 0;
  for (const { unknown_type: type, n } of rows) {
    const isNamed = isTypeName(String(type)) && named++ < NAMED_TYPES;
    const name = isNamed ? String(type) : 'others';
    types.set(name, (types.get(name) ?? 0) + Number(n));
  }
  return Object.fromEntries(types);
}

async function reportOf(bench: Workbench, source: Source): Promise<ReadReport> {
  const totals = await bench.row(`
    SELECT (SELECT count(user_id) FROM user_ids) AS users, (SELECT sum(rows)::BIGINT FROM user_ids) AS user_rows,
      (SELECT coalesce(sum(rows), 0)::BIGINT FROM user_ids WHERE user_id IS NULL) AS unusable,
      (SELECT count(*) FROM contents) AS contents, (SELECT count(*) FROM content_rows) AS content_rows,
      (SELECT count(*) FROM content_rows WHERE kind IS NULL OR content_id IS NULL) AS unusable_contents,
      sum(n + repeats)::BIGINT AS events, sum(repeats)::BIGINT AS repeats,
      ${isoSql('min(first_at)')} AS first_event, ${isoSql('max(last_at)')} AS last_event FROM tallies`);
  const uses = await bench.row(`
    SELECT coalesce(sum(n), 0)::BIGINT AS uses, coalesce(sum(n) FILTER (c.content_id IS NOT NULL), 0)::BIGINT AS matched
    FROM (SELECT * FROM tallies WHERE code BETWEEN 1 AND 3) t
    LEFT JOIN contents c USING (code, content_id)`);
  const reasons = await bench.rows(
    'SELECT code, sum(n)::BIGINT AS n FROM tallies WHERE code >= 100 GROUP BY code',
  );
  const types = await bench.rows(`SELECT unknown_type, sum(n)::BIGINT AS n FROM tallies
    WHERE code = ${UNKNOWN_TYPE} AND n > 0 GROUP BY unknown_type ORDER BY n DESC, unknown_type`);
  const counts = new Map(reasons.map((row) => [Number(row['code']), Number(row['n'])]));
  const first = TABLES.map((name) => source[name].notUtf8.first).find((place) => place !== null);
  return {
    users: Number(totals['users']),
    user_rows: Number(totals['user_rows']),
    unusable_user_rows: Number(totals['unusable']),
    repeated_user_rows: Number(totals['user_rows']) - Number(totals['unusable']) - Number(totals['users']),
    contents: Number(totals['contents']),
    content_rows: Number(totals['content_rows']),
    unusable_content_rows: Number(totals['unusable_contents']),
    events: Number(totals['events']),
    repeated_events: Number(totals['repeats']),
    left_out: Object.fromEntries(
      Object.entries(LEFT_OUT).map(([code, why]) => [why, counts.get(Number(code)) ?? 0]),
    ),
    uses: Number(uses['uses']),
    matched_uses: Number(uses['matched']),
    unknown_types: unknownTypesOf(types),
    first_event: timeOf(totals['first_event'] ?? null),
    last_event: timeOf(totals['last_event'] ?? null),
    not_utf8: {
      users: source.users.notUtf8.rows,
      contents: source.contents.notUtf8.rows,
      interaction_events: source.interaction_events.notUtf8.rows,
    },
    first_not_utf8: first ? `${first.name} line ${first.line}` : null,
    absent_columns: TABLES.flatMap((name) => source[name].absent.map((column) => `${name}.${column}`)),
  };
}

/** @throws SourceError when a flag holds a word that is none: it names the column and never the word */
async function requireFlags(bench: Workbench, contents: Table): Promise<void> {
  const wrong = await bench.row(
    `SELECT ${FLAGS.map((flag) => `count(*) - count(${flag}) AS ${flag}`).join(', ')} FROM content_rows`,
  );
  const flag = FLAGS.find((one) => wrong[one] !== 0);
  if (flag === undefined) return;
  const place = await contents.find((columns) => `(${flagOf(columns, flag)}) IS NULL`);
  throw new SourceError(
    'contents flags',
    `The file ${place?.name ?? contents.files} holds in column "${flag}" a word that is no flag (in ${wrong[flag]} rows, ` +
      `first in row ${place?.row ?? '?'} below the header): write 1 or 0, true or false, oui or non.`,
  );
}

async function readUsers(bench: Workbench, users: Table): Promise<void> {
  await users.reading(({ from, columns }) =>
    bench.run(`CREATE OR REPLACE TABLE user_ids AS SELECT user_id, count(*) AS rows FROM (
      SELECT ${usableId(integerOf(columns, 'id'))} AS user_id FROM ${from}) GROUP BY user_id`),
  );
  await bench.requireUnique('user_ids', ['user_id']);
  const { users: known } = await bench.row('SELECT count(user_id) AS users FROM user_ids');
  if (known === 0) {
    const message = `The file ${users.files} holds no user with a whole positive id.`;
    throw new SourceError('users rows', message);
  }
  await bench.fitMemoryTo(Number(known));
}

async function readContents(bench: Workbench, contents: Table): Promise<void> {
  await contents.reading(({ from, columns }) => bench.run(contentRowsSql(from, columns)));
  await requireFlags(bench, contents);
  await bench.run(contentsSql());
  await bench.requireUnique('contents', ['kind', 'content_id']);
}

/** @param future SQL timestamp after which no event can have happened yet */
async function readEvents(
  bench: Workbench,
  events: Table,
  asOf: string | null,
  future: string,
): Promise<void> {
  await events.reading(async ({ from, columns }) => {
    await bench.run(suspectsSql(from, columns));
    await bench.run(groupedSql(from, columns, asOf === null ? null : sqlTime(asOf), future));
  });
  await bench.run(talliesSql());
  await bench.run('DROP TABLE grouped');
}

/**
 * Reads the export into small tables of the workbench: `user_ids`, `contents` and `tallies`. Events are aggregated by
 * DuckDB out of core; none becomes a JavaScript object.
 * @param asOf ISO 8601 in UTC, or null for the latest event time of the export that is not in the future
 * @param now milliseconds since 1970: what is dated more than a day later is in the future
 * @throws SourceError when a file, a column or all rows are missing, or a file is damaged
 */
export async function read(
  bench: Workbench,
  folder: string,
  asOf: string | null,
  now: number,
): Promise<ReadResult> {
  const source = await openSource(bench, folder);
  const { users, contents, interaction_events: events } = source;
  await users.readThrough();
  await contents.readThrough();
  await readUsers(bench, users);
  await readContents(bench, contents);
  await readEvents(bench, events, asOf, sqlTime(new Date(dayAfter(now)).toISOString()));
  await verifySource(source);
  const report = await reportOf(bench, source);
  const until = asOf ?? report.last_event;
  if (until === null) {
    const message = `The file ${events.files} holds no event with a readable created_at that is not in the future.`;
    throw new SourceError('interaction_events dates', message);
  }
  return { source, asOf: until, report };
}
