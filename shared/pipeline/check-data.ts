import type { Matrix } from '../clustering/matrix.ts';
import { daysBetween } from '../days.ts';
import type { Check } from '../errors.ts';
import { atLeast, atMost, counted, type Limits, percent, ratio } from './check.ts';
import type { Population } from './population.ts';
import type { ReadReport } from './read.ts';

/** Columns whose absence changes what is counted or known; a text that is missing leaves contents unfiled alone. */
const matters = (column: string): boolean => !['contents.title', 'contents.markdown'].includes(column);

/** Unknown types that are told by name. */
const NAMED_TYPES = 5;

/** A check of the share that some rows have of all. */
const shareOf = (
  name: string,
  part: number,
  whole: number,
  limits: Limits,
  figure: string = counted(part, whole),
): Check => atMost(name, ratio(part, whole), figure, limits);

function columnsCheck({ absent_columns: absent }: ReadReport): Check {
  const name = 'columns';
  if (absent.length === 0) return { name, result: 'PASS', figure: 'all that are read are there' };
  const result = absent.some(matters) ? 'WARN' : 'PASS';
  return { name, result, figure: `not there: ${absent.join(', ')}` };
}

function typesCheck({ unknown_types: types, events }: ReadReport): Check {
  const named = Object.entries(types).filter(([type]) => type !== 'others');
  const total = Object.values(types).reduce((sum, count) => sum + count, 0);
  const shown = named.slice(0, NAMED_TYPES).map(([type, count]) => `${type} ${count}`);
  const rest = total - named.slice(0, NAMED_TYPES).reduce((sum, [, count]) => sum + count, 0);
  const list = [...shown, ...(rest > 0 ? [`others ${rest}`] : [])].join(', ');
  const figure = total === 0 ? counted(0, events) : `${counted(total, events)}: ${list}`;
  return atMost('event types nobody knows', total, figure, { warn: 0 });
}

function utf8Check(report: ReadReport): Check {
  const tables = [
    { table: 'users', rows: report.user_rows, wrong: report.not_utf8.users },
    { table: 'contents', rows: report.content_rows, wrong: report.not_utf8.contents },
    { table: 'interaction_events', rows: report.events, wrong: report.not_utf8.interaction_events },
  ];
  const worst = Math.max(...tables.map(({ rows, wrong }) => ratio(wrong, rows)));
  const told = tables
    .filter(({ wrong }) => wrong > 0)
    .map(({ table, rows, wrong }) => `${table} ${counted(wrong, rows)}`);
  const figure = told.length === 0 ? 'none' : `${told.join(', ')}; first: ${report.first_not_utf8 ?? '?'}`;
  return atMost('rows that are not UTF-8', worst, figure, { warn: 0, fail: 0.001 });
}

function activeUsers(counts: Matrix): number {
  let active = 0;
  for (let start = 0; start < counts.values.length; start += counts.columns) {
    if (counts.values.subarray(start, start + counts.columns).some((count) => count > 0)) active++;
  }
  return active;
}

function usersChecks(report: ReadReport, population: Population): Check[] {
  const unknown = Object.entries(population.unknown)
    .map(([field, share]) => `${field} ${percent(share)}`)
    .join(', ');
  const { created_at, anciennete } = population.unreadable;
  const unreadable = Math.max(created_at, anciennete);
  return [
    atLeast('users', report.users, `${report.users}`, { fail: 4 }),
    shareOf('user rows without a usable id', report.unusable_user_rows, report.user_rows, {
      warn: 0.01,
      fail: 0.5,
    }),
    shareOf('repeated user ids', report.repeated_user_rows, report.user_rows, { warn: 0.01, fail: 0.5 }),
    atMost(
      'malformed cells per user',
      ratio(population.malformedCells, report.users),
      `${population.malformedCells} of ${report.users} users (${ratio(population.malformedCells, report.users).toFixed(4)} each)`,
      { warn: 0.1 },
    ),
    atMost(
      'unreadable years of users',
      ratio(unreadable, report.users),
      `created_at ${counted(created_at, report.users)}, anciennete ${counted(anciennete, report.users)}`,
      { warn: 0.01 },
    ),
    atMost('unknown profile fields', Math.max(...Object.values(population.unknown)), unknown, { warn: 0.9 }),
  ];
}

function contentsChecks(report: ReadReport): Check[] {
  return [
    atLeast('contents', report.contents, `${report.contents}`, { fail: 1 }),
    shareOf('content rows without a usable id or type', report.unusable_content_rows, report.content_rows, {
      warn: 0.01,
      fail: 0.5,
    }),
    atLeast(
      'contents matched by uses',
      report.uses === 0 ? 1 : report.matched_uses / report.uses,
      counted(report.matched_uses, report.uses),
      { warn: 0.9, fail: 0.1 },
    ),
  ];
}

function eventsChecks(report: ReadReport, population: Population): Check[] {
  const leftOut = Object.entries(report.left_out);
  const outside = leftOut.reduce((sum, [, count]) => sum + count, 0);
  const why = leftOut.map(([reason, count]) => `${reason} ${count}`).join(', ');
  const active = activeUsers(population.counts);
  const future = report.left_out['in the future'] ?? 0;
  return [
    atLeast('events', report.events, `${report.events}`, { fail: 1 }),
    shareOf('repeated event ids', report.repeated_events, report.events, { warn: 0.05, fail: 0.5 }),
    shareOf(
      'events left out',
      outside,
      report.events,
      { warn: 0.05, fail: 0.5 },
      `${counted(outside, report.events)}: ${why}`,
    ),
    atMost('events in the future', future, counted(future, report.events), { warn: 0 }),
    typesCheck(report),
    atLeast('users with counted events', ratio(active, report.users), percent(ratio(active, report.users)), {
      warn: 0.5,
      fail: 0.01,
    }),
  ];
}

/**
 * Is the export what a nightly export looks like? These checks can never be overridden.
 * @param now milliseconds since 1970, by which the age of the data is judged
 */
export function checkData(report: ReadReport, population: Population, asOf: string, now: number): Check[] {
  const span = `${report.first_event?.slice(0, 10) ?? 'never'} to ${report.last_event?.slice(0, 10) ?? 'never'}`;
  const ahead = report.last_event === null ? Infinity : daysBetween(report.last_event, Date.parse(asOf));
  const age = Math.max(0, daysBetween(asOf, now));
  return [
    columnsCheck(report),
    utf8Check(report),
    ...usersChecks(report, population),
    ...contentsChecks(report),
    ...eventsChecks(report, population),
    atMost('time span', ahead, span, { warn: 7 }),
    atMost('age of the data', age, `${age.toFixed(1)} days, up to ${asOf.slice(0, 16).replace('T', ' ')}`, {
      warn: 3,
    }),
  ];
}
