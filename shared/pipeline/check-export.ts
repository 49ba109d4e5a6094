import type { Check } from '../errors.ts';
import type { RecomputeDeps, RecomputeOptions, SourceReport } from './contract.ts';
import { prepare, sourceReportOf } from './prepare.ts';
import { Workbench } from './workbench.ts';

export interface ExportReport {
  readonly as_of: string;
  readonly source: SourceReport;
  readonly checks: readonly Check[];
}

/**
 * Does all that a recompute does but the publication, so that it comes to the same checks.
 * @throws ModelRejectedError when a check fails
 */
export async function checkExport(
  deps: Pick<RecomputeDeps, 'artifacts' | 'now' | 'memory'>,
  options: RecomputeOptions,
): Promise<ExportReport> {
  const bench = await Workbench.open(deps.memory);
  try {
    const prepared = await prepare(bench, deps, options, async (_name, work) => work());
    return { as_of: prepared.found.asOf, source: sourceReportOf(prepared), checks: prepared.checks };
  } finally {
    await bench.close();
  }
}
