import { stability } from '../clustering/drift.ts';
import type { Matrix } from '../clustering/matrix.ts';
import { daysBetween } from '../days.ts';
import { type Check, ModelRejectedError } from '../errors.ts';
import { FEATURES } from '../features/features.ts';
import { type Fitted, MARGIN } from './fit.ts';
import type { Previous } from './previous.ts';

/** A figure's limits: beyond `warn` it is worth a look, beyond `fail` nothing is published. */
export interface Limits {
  readonly warn?: number;
  readonly fail?: number;
}

/** Users who changed cluster: matrix[from][to], and who came and went. */
export interface Moves {
  readonly matrix: readonly (readonly number[])[];
  readonly new_users: number;
  readonly vanished_users: number;
}

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
export const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
/** A count, and the share that is judged. */
export const counted = (part: number, whole: number): string =>
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
export const atMost = (name: string, value: number, show: string, limits: Limits): Check =>
  judge(name, value, show, limits, 'above');
/** Smallest figure that still passes. */
export const atLeast = (name: string, value: number, show: string, limits: Limits): Check =>
  judge(name, value, show, limits, 'below');

function recognisable(confidence: number, faults: readonly string[]): Check {
  const name = 'archetypes recognisable';
  if (faults.length > 0) return { name, result: 'FAIL', figure: faults.join(', ') };
  return atLeast(name, confidence, confidence.toFixed(3), { warn: 0.3, fail: 0.05 });
}

/** Are the clusters fit to be served? These gates can never be overridden. */
export function checkModel({ model, namingFaults, freshInertia }: Fitted): Check[] {
  const { quality } = model;
  const { smallest_share: smallest, largest_share: largest, inertia } = quality;
  // Exactly four behaviours leave no distance at all: no worse than the fresh fit.
  const worse = inertia === freshInertia ? 0 : inertia / freshInertia - 1;
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
export function checkDrift(counts: Matrix, previous: Previous | null, moves: Moves, asOf: string): Check[] {
  if (!previous) return [];
  const { model } = previous;
  if (!model)
    return [{ name: 'published version', result: 'WARN', figure: 'its artifacts are damaged or missing' }];
  const drift = stability(counts, model.distribution);
  const stayed = moves.matrix.reduce((sum, row, from) => sum + (row[from] as number), 0);
  const returning = moves.matrix.flat().reduce((sum, count) => sum + count, 0);
  const moved = ratio(returning - stayed, returning);
  const vanished = ratio(moves.vanished_users, model.users);
  const back = daysBetween(asOf, Date.parse(model.as_of));
  return [
    atMost(
      'end of the data against the published',
      back,
      `${asOf.slice(0, 16)}, published ${model.as_of.slice(0, 16)}`.replaceAll('T', ' '),
      { fail: 0 },
    ),
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
