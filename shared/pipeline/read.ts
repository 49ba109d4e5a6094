import { contentsSql, groupedSql, LEFT_OUT, suspectsSql, talliesSql } from '../features/events.ts';
import { integerOf } from '../features/sql.ts';
import { openSource, reading, type Source } from './source.ts';
import { SourceError } from './source-error.ts';
import type { Workbench } from './workbench.ts';

/** What the export holds, and what of it was left out and why. */
export interface ReadReport {
  readonly users: number;
  /** Rows of the users table, those whose id is no whole positive number, and those that repeat an id. */
  readonly user_rows: number;
  readonly unusable_user_rows: number;
  readonly repeated_user_rows: number;
  readonly contents: number;
  readonly events: number;
  readonly repeated_events: number;
  readonly left_out: Readonly<Record<string, number>>;
  readonly matched_uses: number;
  readonly uses: number;
  readonly first_event: string | null;
  readonly last_event: string | null;
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
const iso = (text: string): string => new Date(text).toISOString();

async function report(bench: Workbench): Promise<ReadReport> {
  const totals = await bench.row(`
    SELECT (SELECT count(user_id) FROM user_ids) AS users, (SELECT sum(rows)::BIGINT FROM user_ids) AS user_rows,
      (SELECT coalesce(sum(rows), 0)::BIGINT FROM user_ids WHERE user_id IS NULL) AS unusable, (SELECT count(*) FROM contents) AS contents,
      sum(n + repeats)::BIGINT AS events, sum(repeats)::BIGINT AS repeats,
      ${isoSql('min(first_at)')} AS first_event, ${isoSql('max(last_at)')} AS last_event FROM tallies`);
  const uses = await bench.row(`
    SELECT coalesce(sum(n), 0)::BIGINT AS uses, coalesce(sum(n) FILTER (c.content_id IS NOT NULL), 0)::BIGINT AS matched
    FROM (SELECT * FROM tallies WHERE code BETWEEN 1 AND 3) t
    LEFT JOIN contents c USING (code, content_id)`);
  const reasons = await bench.rows(
    'SELECT code, sum(n)::BIGINT AS n FROM tallies WHERE code >= 100 GROUP BY code',
  );
  const counts = new Map(reasons.map((row) => [Number(row['code']), Number(row['n'])]));
  const time = (value: unknown) => (typeof value === 'string' ? iso(value) : null);
  return {
    users: Number(totals['users']),
    user_rows: Number(totals['user_rows']),
    unusable_user_rows: Number(totals['unusable']),
    repeated_user_rows: Number(totals['user_rows']) - Number(totals['unusable']) - Number(totals['users']),
    contents: Number(totals['contents']),
    events: Number(totals['events']),
    repeated_events: Number(totals['repeats']),
    left_out: Object.fromEntries(
      Object.entries(LEFT_OUT).map(([code, why]) => [why, counts.get(Number(code)) ?? 0]),
    ),
    uses: Number(uses['uses']),
    matched_uses: Number(uses['matched']),
    first_event: time(totals['first_event']),
    last_event: time(totals['last_event']),
  };
}

/**
 * Reads the export into small tables of the workbench: `user_ids`, `contents` and `tallies`. Events are aggregated by
 * DuckDB out of core; none becomes a JavaScript object.
 * @param asOf ISO 8601 in UTC, or null for the latest event time of the export
 * @throws SourceError when a file, a column or all rows are missing
 */
export async function read(bench: Workbench, folder: string, asOf: string | null): Promise<ReadResult> {
  const source = await openSource(bench, folder);
  const { users, contents, interaction_events: events } = source;
  await reading(users, () =>
    bench.run(`CREATE OR REPLACE TABLE user_ids AS SELECT user_id, count(*) AS rows FROM (
      SELECT ${usableId(integerOf(users.columns, 'id'))} AS user_id FROM ${users.from}) GROUP BY user_id`),
  );
  const { users: known } = await bench.row('SELECT count(user_id) AS users FROM user_ids');
  await bench.fitMemoryTo(Number(known));
  await reading(contents, () => bench.run(contentsSql(contents.from, contents.columns)));
  await reading(events, () => bench.run(suspectsSql(events.from, events.columns)));
  const limit = asOf === null ? null : sqlTime(asOf);
  await reading(events, () => bench.run(groupedSql(events.from, events.columns, limit)));
  await bench.run(talliesSql(events.columns));
  await bench.run('DROP TABLE grouped');
  const found = await report(bench);
  if (found.users === 0) {
    throw new SourceError('users rows', `The file ${users.file} holds no user with a whole positive id.`);
  }
  const until = asOf ?? found.last_event;
  if (until === null) {
    throw new SourceError(
      'interaction_events dates',
      `The file ${events.file} holds no event with a readable created_at.`,
    );
  }
  return { source, asOf: until, report: found };
}
