import type { Check } from '../errors.ts';
import { checkData, requirePassed } from './check.ts';
import type { RecomputeOptions } from './contract.ts';
import { computePopulation } from './population.ts';
import { read, type ReadReport } from './read.ts';
import { Workbench } from './workbench.ts';

export interface ExportReport {
  readonly as_of: string;
  readonly source: ReadReport;
  readonly checks: readonly Check[];
}

/**
 * Reads an export and checks it as a recompute would, without fitting or publishing anything.
 * @throws ModelRejectedError when a data check fails
 */
export async function checkExport(memory: string, { source, asOf }: RecomputeOptions): Promise<ExportReport> {
  const bench = await Workbench.open(memory);
  try {
    const found = await read(bench, source, asOf);
    const checks = checkData(found.report, await computePopulation(bench, found), found.asOf);
    requirePassed(checks, checks);
    return { as_of: found.asOf, source: found.report, checks };
  } finally {
    await bench.close();
  }
}
