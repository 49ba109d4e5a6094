import { stability } from '../clustering/drift.ts';
import type { Matrix } from '../clustering/matrix.ts';
import { type Check, ModelRejectedError } from '../errors.ts';
import { FEATURES } from '../features/features.ts';
import { type Fitted, MARGIN } from './fit.ts';
import type { Population } from './population.ts';
import type { Previous } from './previous.ts';
import type { ReadReport } from './read.ts';

/** A figure's limits: beyond `warn` it is worth a look, beyond `fail` nothing is published. */
interface Limits {
  readonly warn?: number;
  readonly fail?: number;
}

/** Users who changed cluster: matrix[from][to], and who came and went. */
export interface Moves {
  readonly matrix: readonly (readonly number[])[];
  readonly new_users: number;
  readonly vanished_users: number;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
/** A count, and the share that is judged. */
const counted = (part: number, whole: number): string =>
  `${part} of ${whole} (${percent(ratio(part, whole))})`;

function judge(
  name: string,
  value: number,
  show: string,
  limits: Limits,
  direction: 'above' | 'below',
): Check {
  const beyond = (limit: number | undefined) =>
    limit !== undefined && (direction === 'above' ? value > limit : value < limit);
  const result = beyond(limits.fail) || Number.isNaN(value) ? 'FAIL' : beyond(limits.warn) ? 'WARN' : 'PASS';
  return { name, result, figure: show };
}

/** Largest figure that still passes. */
const atMost = (name: string, value: number, show: string, limits: Limits): Check =>
  judge(name, value, show, limits, 'above');
/** Smallest figure that still passes. */
const atLeast = (name: string, value: number, show: string, limits: Limits): Check =>
  judge(name, value, show, limits, 'below');

/** Is the export what a nightly export looks like? These checks can never be overridden. */
export function checkData(report: ReadReport, population: Population, asOf: string): Check[] {
  const leftOut = Object.entries(report.left_out);
  const outside = leftOut.reduce((sum, [, count]) => sum + count, 0);
  const active = activeUsers(population.counts);
  const unknown = Object.entries(population.unknown)
    .map(([field, share]) => `${field} ${percent(share)}`)
    .join(', ');
  const why = leftOut.map(([reason, count]) => `${reason} ${count}`).join(', ');
  const span = `${report.first_event?.slice(0, 10) ?? 'never'} to ${report.last_event?.slice(0, 10) ?? 'never'}`;
  const days =
    report.last_event === null ? Infinity : (Date.parse(asOf) - Date.parse(report.last_event)) / 86_400_000;
  return [
    atLeast('users', report.users, `${report.users}`, { fail: 4 }),
    atMost(
      'user rows without a usable id',
      ratio(report.unusable_user_rows, report.user_rows),
      counted(report.unusable_user_rows, report.user_rows),
      { warn: 0.01, fail: 0.5 },
    ),
    atMost(
      'repeated user ids',
      ratio(report.repeated_user_rows, report.user_rows),
      counted(report.repeated_user_rows, report.user_rows),
      { warn: 0.01, fail: 0.5 },
    ),
    atMost(
      'malformed cells per user',
      ratio(population.malformedCells, report.users),
      `${population.malformedCells} of ${report.users} users (${ratio(population.malformedCells, report.users).toFixed(4)} each)`,
      { warn: 0.1 },
    ),
    atMost('unknown profile fields', Math.max(...Object.values(population.unknown)), unknown, { warn: 0.9 }),
    atLeast('contents', report.contents, `${report.contents}`, { fail: 1 }),
    atLeast(
      'contents matched by uses',
      report.uses === 0 ? 1 : report.matched_uses / report.uses,
      counted(report.matched_uses, report.uses),
      { warn: 0.9, fail: 0.1 },
    ),
    atLeast('events', report.events, `${report.events}`, { fail: 1 }),
    atMost(
      'repeated event ids',
      ratio(report.repeated_events, report.events),
      counted(report.repeated_events, report.events),
      {
        warn: 0.05,
        fail: 0.5,
      },
    ),
    atMost('events left out', ratio(outside, report.events), `${counted(outside, report.events)}: ${why}`, {
      warn: 0.05,
      fail: 0.5,
    }),
    atLeast('users with counted events', ratio(active, report.users), percent(ratio(active, report.users)), {
      warn: 0.5,
      fail: 0.01,
    }),
    atMost('time span', days, span, { warn: 7 }),
  ];
}

function activeUsers(counts: Matrix): number {
  let active = 0;
  for (let start = 0; start < counts.values.length; start += counts.columns) {
    if (counts.values.subarray(start, start + counts.columns).some((count) => count > 0)) active++;
  }
  return active;
}

function recognisable(confidence: number, faults: readonly string[]): Check {
  const name = 'archetypes recognisable';
  if (faults.length > 0) return { name, result: 'FAIL', figure: faults.join(', ') };
  return atLeast(name, confidence, confidence.toFixed(3), { warn: 0.3, fail: 0.05 });
}

/** Are the clusters fit to be served? These gates can never be overridden. */
export function checkModel({ model, namingFaults, freshInertia }: Fitted): Check[] {
  const { quality } = model;
  const { smallest_share: smallest, largest_share: largest, inertia } = quality;
  const worse = inertia / freshInertia - 1;
  return [
    atLeast('smallest cluster', smallest, percent(smallest), { fail: 0.01 }),
    atMost('largest cluster', largest, percent(largest), { fail: 0.8 }),
    recognisable(quality.naming_confidence, namingFaults),
    atLeast('silhouette', quality.silhouette, quality.silhouette.toFixed(3), { warn: 0.15, fail: 0 }),
    atMost('Davies–Bouldin', quality.davies_bouldin, quality.davies_bouldin.toFixed(3), {
      warn: 2.5,
      fail: 10,
    }),
    atMost('inertia above a fresh fit', worse, percent(worse), { warn: MARGIN, fail: 0.15 }),
  ];
}

/** Has the population, or who is in which cluster, changed too much in one night? An operator may override these. */
export function checkDrift(counts: Matrix, previous: Previous | null, moves: Moves): Check[] {
  if (!previous) return [];
  const { model } = previous;
  if (!model)
    return [{ name: 'published version', result: 'WARN', figure: 'its artifacts are damaged or missing' }];
  const drift = stability(counts, model.distribution);
  const stayed = moves.matrix.reduce((sum, row, from) => sum + (row[from] as number), 0);
  const returning = moves.matrix.flat().reduce((sum, count) => sum + count, 0);
  const moved = ratio(returning - stayed, returning);
  const vanished = ratio(moves.vanished_users, model.users);
  return [
    ...FEATURES.map((feature, index) => {
      const psi = drift[index] as number;
      return atMost(`drift of ${feature} (PSI)`, psi, psi.toFixed(4), { warn: 0.1, fail: 0.25 });
    }),
    atMost('users who change cluster', moved, counted(returning - stayed, returning), {
      warn: 0.1,
      fail: 0.4,
    }),
    atMost('users who vanished', vanished, counted(moves.vanished_users, model.users), {
      warn: 0.05,
      fail: 0.5,
    }),
  ];
}

/** @throws ModelRejectedError naming the checks that failed */
export function requirePassed(failing: readonly Check[], all: readonly Check[]): void {
  const failed = failing.filter((check) => check.result === 'FAIL');
  if (failed.length === 0) return;
  const names = failed.map((check) => `${check.name} is ${check.figure}`).join('; ');
  throw new ModelRejectedError(`Nothing was published: ${names}.`, all);
}
