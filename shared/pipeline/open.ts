import type { Config } from '../config.ts';
import { processName } from '../storage/local/processes.ts';
import { openArtifacts, openUsers } from '../storage/open-stores.ts';
import type { RecomputeDeps, RecomputeOptions, RecomputeReply, Step } from './contract.ts';

export type Recompute = (options: RecomputeOptions) => Promise<RecomputeReply>;

/** Seed of every run that is not told another: the same export gives the same model. */
export const SEED = 20250701;

/** What a run needs, of this configuration. */
export async function openDeps(config: Config, onStep: (step: Step) => void): Promise<RecomputeDeps> {
  return {
    artifacts: await openArtifacts(config),
    users: await openUsers(config),
    now: () => Date.now(),
    owner: processName(),
    memory: config.duckdbMemory,
    onStep,
  };
}

/** What checking an export needs, of this configuration. */
export async function openCheckDeps(
  config: Config,
): Promise<Pick<RecomputeDeps, 'artifacts' | 'now' | 'memory'>> {
  return { artifacts: await openArtifacts(config), now: () => Date.now(), memory: config.duckdbMemory };
}

/** The recompute of this configuration. DuckDB and k-means are loaded at the first run, not before. */
export function openRecompute(config: Config, onStep: (step: Step) => void): Recompute {
  return async (options) => {
    const { recompute } = await import('./recompute.ts');
    return recompute(await openDeps(config, onStep), options);
  };
}
