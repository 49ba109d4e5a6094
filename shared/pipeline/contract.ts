import type { Quality } from '../clustering/model.ts';
import type { Check } from '../errors.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import type { UserStore } from '../storage/users.ts';
import type { Moves } from './check.ts';
import type { ReadReport } from './read.ts';

export interface RecomputeDeps {
  readonly artifacts: ArtifactStore;
  readonly users: UserStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Who runs this: named in the lease. */
  readonly owner: string;
  /** Memory DuckDB may use before it spills, such as `700MB`. */
  readonly memory: string;
  /** Told when a step is done. */
  readonly onStep: (step: Step) => void;
}

export interface RecomputeOptions {
  /** Folder of the exports. */
  readonly source: string;
  /** ISO 8601 in UTC, or null for the latest event time of the export. */
  readonly asOf: string | null;
  readonly seed: number;
  /** Publish although the population drifted; data checks and model gates still hold. */
  readonly force: boolean;
  /** The same key again returns the reply of the run that finished under it. */
  readonly idempotencyKey: string | null;
}

/** A finished step: its name, the rows it dealt with and its seconds. */
export interface Step {
  readonly run_id: string;
  readonly name: 'read' | 'features' | 'fit' | 'check' | 'publish';
  readonly rows: number;
  readonly seconds: number;
  readonly figures: Readonly<Record<string, unknown>>;
}

/** What the export held: what was read, and what of the users could not be understood. */
export interface SourceReport extends ReadReport {
  readonly malformed_cells: number;
  readonly unreadable_created: number;
  readonly unreadable_anciennete: number;
}

/** The reply of a finished recompute, as the API and the command line give it. */
export interface RecomputeReply {
  readonly success: true;
  readonly message: string;
  readonly total_users_processed: number;
  readonly cluster_distribution: Record<`cluster_${number}`, number>;
  readonly model_version: string;
  readonly run_id: string;
  readonly duration_ms: number;
  readonly quality: Quality;
  readonly users_written: number;
  readonly users_removed: number;
  readonly as_of: string;
  readonly source: SourceReport;
  readonly moves: Moves;
  readonly checks: readonly Check[];
}
