import { RecomputeInProgressError, StoreUnavailableError } from '../errors.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import { type Lease, LeaseHeldError, LeaseLostError, type UserStore } from '../storage/users.ts';
import type { RecomputeDeps } from './contract.ts';

type LeaseDeps = Pick<RecomputeDeps, 'users' | 'artifacts' | 'owner' | 'now'>;

/** How long a lease lasts without renewal; a run that is killed in the cloud frees it after this time. */
const LIFETIME_MS = 60_000;

/** The highest sequence the artifacts tell of: a user store that was lost, leases and all, must not give it again. */
async function highestSequence(artifacts: ArtifactStore): Promise<number> {
  const pointer = (await artifacts.readPointer())?.pointer;
  const versions = (await artifacts.versions()).map((version) => Number.parseInt(version, 10) || 0);
  return Math.max(pointer?.sequence ?? 0, pointer?.fence ?? 0, ...versions);
}

/** The recompute lease as one run holds it, renewed in the background until it is released. */
export class HeldLease {
  private readonly timer: NodeJS.Timeout;
  private lost: Error | null = null;

  private constructor(
    private readonly users: UserStore,
    private readonly now: () => number,
    private lease: Lease,
  ) {
    this.timer = setInterval(() => void this.renew(), LIFETIME_MS / 4);
    this.timer.unref();
  }

  /** @throws RecomputeInProgressError when another run holds it */
  static async acquire({ users, artifacts, owner, now }: LeaseDeps): Promise<HeldLease> {
    const above = await highestSequence(artifacts);
    try {
      return new HeldLease(users, now, await users.acquireLease(owner, now(), LIFETIME_MS, above));
    } catch (error) {
      if (!(error instanceof LeaseHeldError)) throw error;
      throw new RecomputeInProgressError(runIdOf(error.holder.token), error.holder.started_at);
    }
  }

  /** Rises with every acquisition: the fencing token, and the sequence of what this run publishes. */
  get token(): number {
    return this.lease.token;
  }

  private async renew(): Promise<void> {
    try {
      this.lease = await this.users.renewLease(this.lease, this.now(), LIFETIME_MS);
    } catch (error) {
      if (error instanceof LeaseLostError) this.lost = error;
    }
  }

  /** Between two steps of long work: nothing more is done once it is lost or ran out. @throws LeaseLostError */
  check(): void {
    if (this.lost) throw this.lost;
    if (this.now() >= this.lease.expires_at) throw new LeaseLostError('The lease ran out.');
  }

  /** Renews and makes sure that the lease is still ours. @throws LeaseLostError when it is not */
  async require(): Promise<void> {
    if (this.lost) throw this.lost;
    this.lease = await this.users.renewLease(this.lease, this.now(), LIFETIME_MS);
  }

  /** Gives the lease back; where the store is down it ends by itself. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.users.releaseLease(this.lease).catch((error: unknown) => {
      if (!(error instanceof StoreUnavailableError)) throw error;
    });
  }
}

/** The id of the run that holds, or held, the lease with this token. */
export const runIdOf = (token: number): string => `run-${String(token).padStart(6, '0')}`;
