import { CLUSTER_IDS } from '../clustering/archetypes.ts';
import type { Pointer } from '../clustering/model.ts';
import { ModelRejectedError, ServiceError } from '../errors.ts';
import { PointerMovedError } from '../storage/artifacts.ts';
import { LeaseLostError, type RunRecord, type UserStore } from '../storage/users.ts';
import type { RecomputeDeps, RecomputeOptions, RecomputeReply, Step } from './contract.ts';
import { enrichContents } from './enrich.ts';
import { HeldLease, runIdOf } from './lease.ts';
import { prepare, type Prepared, type RunStep, sourceReportOf } from './prepare.ts';
import { publishArtifacts, versionName } from './publish.ts';
import { pruneVersions, publishedVersions, swap } from './swap.ts';
import { Workbench } from './workbench.ts';

const runIdOfKey = (key: string): string => `key-${Buffer.from(key).toString('base64url')}`;

async function finishedUnder(users: UserStore, runId: string): Promise<RecomputeReply | null> {
  const run = await users.getRun(runId);
  return run?.status === 'succeeded' ? (run['reply'] as RecomputeReply) : null;
}

/**
 * Recomputes the segmentation: read → features → fit → check → publish. One run at a time; safe to run twice and to
 * kill anywhere: until the pointer moves, readers see the old model and nothing else.
 * @throws RecomputeInProgressError when another run holds the lease
 * @throws ModelRejectedError when the export or the new model fails a check; nothing was published
 */
export async function recompute(deps: RecomputeDeps, options: RecomputeOptions): Promise<RecomputeReply> {
  const { users } = deps;
  const keyed = options.idempotencyKey === null ? null : runIdOfKey(options.idempotencyKey);
  const finished = keyed && (await finishedUnder(users, keyed));
  if (finished) return finished;
  const lease = await HeldLease.acquire(deps);
  try {
    const meanwhile = keyed && (await finishedUnder(users, keyed));
    if (meanwhile) return meanwhile;
    return await new Run(deps, options, lease, keyed ?? runIdOf(lease.token)).complete();
  } finally {
    await lease.release();
  }
}

class Run {
  private readonly startedAt: number;
  private record: RunRecord;

  constructor(
    private readonly deps: RecomputeDeps,
    private readonly options: RecomputeOptions,
    private readonly lease: HeldLease,
    private readonly runId: string,
  ) {
    this.startedAt = deps.now();
    const started_at = new Date(this.startedAt).toISOString();
    this.record = { run_id: runId, sequence: lease.token, status: 'running', started_at, ended_at: null };
  }

  private async note(change: Partial<RunRecord>): Promise<void> {
    this.record = { ...this.record, ...change };
    await this.deps.users.putRun(this.record);
  }

  /** Runs one step and reports it. */
  private async step<T>(
    name: Step['name'],
    work: () => Promise<T> | T,
    figures: (result: T) => Step['figures'] & { rows: number },
  ) {
    const start = this.deps.now();
    const result = await work();
    const { rows, ...others } = figures(result);
    const seconds = (this.deps.now() - start) / 1000;
    this.deps.onStep({ run_id: this.runId, name, rows, seconds, figures: others });
    return result;
  }

  async complete(): Promise<RecomputeReply> {
    await this.note({});
    const bench = await Workbench.open(this.deps.memory);
    try {
      return await this.work(bench);
    } catch (error) {
      const rejected = error instanceof ModelRejectedError;
      const status = this.record.status === 'publishing' ? 'broken' : rejected ? 'rejected' : 'failed';
      const reason = error instanceof ServiceError ? error.message : String(error);
      await this.note({
        status,
        ended_at: new Date(this.deps.now()).toISOString(),
        error: reason,
        ...(rejected ? { checks: error.checks } : {}),
      }).catch(() => undefined);
      throw this.asReply(error);
    } finally {
      await bench.close();
    }
  }

  /** Who was overtaken by another run is told so, as one who comes too late. */
  private asReply(error: unknown): unknown {
    if (!(error instanceof LeaseLostError || error instanceof PointerMovedError)) return error;
    const { run_id, started_at } = this.record;
    const message =
      'Another run took over while this one was publishing, and nothing of this one is served: see npm run runs.';
    return new ServiceError('recompute_in_progress', message, { body: { run_id, started_at }, cause: error });
  }

  private async work(bench: Workbench): Promise<RecomputeReply> {
    const { deps, options } = this;
    const step: RunStep = (name, work, figures) => this.step(name, work, figures);
    const prepared = await prepare(bench, deps, options, step);
    const published = await this.step(
      'publish',
      () => this.publish(bench, prepared),
      ({ written }) => ({ rows: written }),
    );
    const { clusters } = published.profiles;
    const reply: RecomputeReply = {
      success: true,
      message: 'Clusters recomputed successfully',
      total_users_processed: prepared.population.counts.rows,
      cluster_distribution: Object.fromEntries(
        CLUSTER_IDS.map((id) => [`cluster_${id}`, clusters[`${id}`].count]),
      ),
      model_version: published.profiles.version,
      run_id: this.runId,
      duration_ms: deps.now() - this.startedAt,
      quality: prepared.fitted.model.quality,
      users_written: published.written,
      users_removed: published.removed,
      as_of: prepared.found.asOf,
      source: sourceReportOf(prepared),
      moves: prepared.moves,
      checks: prepared.checks,
    };
    await this.note({ status: 'succeeded', ended_at: new Date(deps.now()).toISOString(), reply });
    return reply;
  }

  private async publish(bench: Workbench, { previous, found, population, fitted }: Prepared) {
    const { artifacts, users, now } = this.deps;
    const sequence = this.lease.token;
    const version = versionName(sequence, fitted);
    const computed_at = new Date(now()).toISOString();
    const next: Pointer = { schema_version: 1, version, sequence, computed_at, as_of: found.asOf };
    // What failed runs left goes first: it may be what fills the disk.
    await pruneVersions(artifacts, await publishedVersions(artifacts, users, previous?.pointer ?? null));
    const profiles = await publishArtifacts(bench, artifacts, version, population, fitted, computed_at);
    await enrichContents(bench, artifacts, version, found.source.contents);
    const deps = {
      bench,
      artifacts,
      users,
      lease: this.lease,
      note: (change: Partial<RunRecord>) => this.note(change),
    };
    const { written, removed, pointer } = await swap(deps, previous, next);
    await pruneVersions(artifacts, pointer.published ?? [version]);
    return { profiles, written, removed };
  }
}
