import { ageInDays, dayAfter } from '../days.ts';
import { type Check, InvalidRequestError } from '../errors.ts';
import { checkDrift, checkModel, type Moves, requirePassed } from './check.ts';
import { checkData } from './check-data.ts';
import type { RecomputeDeps, RecomputeOptions, SourceReport, Step } from './contract.ts';
import { type Fitted, fitModel } from './fit.ts';
import { computePopulation, type Population } from './population.ts';
import { loadPrevious, type Previous } from './previous.ts';
import { countMoves, tabulate } from './publish.ts';
import { read, type ReadResult } from './read.ts';
import type { Workbench } from './workbench.ts';

/** A model that passed every check and gate, ready to be published. */
export interface Prepared {
  readonly previous: Previous | null;
  readonly found: ReadResult;
  readonly population: Population;
  readonly fitted: Fitted;
  readonly moves: Moves;
  readonly checks: readonly Check[];
}

/** Runs one step of a recompute and tells how it went. */
export type RunStep = <T>(
  name: Step['name'],
  work: () => Promise<T> | T,
  figures: (result: T) => Step['figures'] & { rows: number },
) => Promise<T>;

/** @throws InvalidRequestError when data shall count up to a time that nobody knows yet */
function requirePast(asOf: string | null, clock: number): void {
  if (asOf === null || Date.parse(asOf) <= dayAfter(clock)) return;
  throw new InvalidRequestError(
    `The time as_of, ${asOf}, lies in the future: leave it out, or take an earlier one.`,
    [{ pointer: '/as_of', reason: 'in the future' }],
  );
}

/**
 * All of a recompute but the publication: read → features → fit → check, against the version that is served.
 * @throws ModelRejectedError when the export or the new model fails a check
 */
export async function prepare(
  bench: Workbench,
  { artifacts, now }: Pick<RecomputeDeps, 'artifacts' | 'now'>,
  options: RecomputeOptions,
  step: RunStep,
): Promise<Prepared> {
  const clock = now();
  requirePast(options.asOf, clock);
  const previous = await loadPrevious(bench, artifacts);
  const found = await step(
    'read',
    () => read(bench, options.source, options.asOf, clock),
    ({ report, asOf }) => ({
      rows: report.events,
      as_of: asOf,
      data_age_days: ageInDays(asOf, clock),
    }),
  );
  const population = await step(
    'features',
    () => computePopulation(bench, found),
    ({ counts }) => ({ rows: counts.rows }),
  );
  const dataChecks = checkData(found.report, population, found.asOf, clock);
  requirePassed(dataChecks, dataChecks);
  const parent = previous?.model ? { version: previous.pointer.version, model: previous.model } : null;
  const fitted = await step(
    'fit',
    () => fitModel(population.counts, found.asOf, options.seed, parent),
    ({ model }) => ({ rows: model.users, init: model.lineage.init, inertia: model.quality.inertia }),
  );
  const { moves, checks } = await step(
    'check',
    async () => {
      await tabulate(bench, population, fitted);
      const moves = await countMoves(bench);
      const gates = checkModel(fitted);
      const drift = checkDrift(population.counts, previous, moves, found.asOf);
      const checks = [...dataChecks, ...gates, ...drift];
      requirePassed(options.force ? gates : [...gates, ...drift], checks);
      return { moves, checks };
    },
    (result) => ({ rows: result.checks.length }),
  );
  return { previous, found, population, fitted, moves, checks };
}

/** What the export held, as a reply tells it. */
export const sourceReportOf = ({
  found,
  population,
}: Pick<Prepared, 'found' | 'population'>): SourceReport => ({
  ...found.report,
  malformed_cells: population.malformedCells,
  unreadable_created: population.unreadable.created_at,
  unreadable_anciennete: population.unreadable.anciennete,
});
