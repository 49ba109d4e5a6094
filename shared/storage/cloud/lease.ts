import { randomUUID } from 'node:crypto';
import type { DocumentReference, DocumentSnapshot } from '@google-cloud/firestore';
import { isReleased, type Lease, LeaseHeldError, LeaseLostError } from '../users.ts';
import { codeOf, GRPC } from './errors.ts';

const leaseOf = (snapshot: DocumentSnapshot): Lease | null => {
  const found = snapshot.data();
  if (!found) return null;
  return {
    token: found['token'] as number,
    owner: found['owner'] as string,
    started_at: found['started_at'] as string,
    expires_at: found['expires_at'] as number,
  };
};

/** Milliseconds since a document was written, both times by the server's clock. */
const ageOf = ({ readTime, updateTime }: DocumentSnapshot): number =>
  readTime.toMillis() - (updateTime ?? readTime).toMillis();

/**
 * The recompute lease as one Firestore document that changes by compare-and-swap on its update time. A write that
 * changes nothing would keep the update time, so each carries a word of its own.
 */
export class FirestoreLease {
  constructor(private readonly document: DocumentReference) {}

  /** Writes if nobody wrote since; false when someone did. */
  private async swap(before: DocumentSnapshot, lease: Lease): Promise<boolean> {
    const body = { ...lease, write_id: randomUUID() };
    try {
      const { updateTime: lastUpdateTime } = before;
      if (lastUpdateTime) await this.document.update(body, { lastUpdateTime });
      else await this.document.create(body);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code !== GRPC.alreadyExists && code !== GRPC.failedPrecondition) throw error;
      // The answer to a write that arrived may have been lost and the write repeated by the client.
      return (await this.document.get()).get('write_id') === body.write_id;
    }
  }

  /**
   * @param isLate asked before anything is written: nobody waits for the lease any more
   * @throws LeaseHeldError when someone else holds it
   * @throws LeaseLostError when it is too late
   */
  async acquire(
    owner: string,
    now: number,
    lifetimeMs: number,
    above: number,
    isLate: () => boolean,
  ): Promise<Lease> {
    const found = await this.document.get();
    if (isLate()) throw new LeaseLostError('Nobody waits for the lease any more.');
    const held = leaseOf(found);
    if (held && !isReleased(held) && ageOf(found) < lifetimeMs) throw new LeaseHeldError(held);
    const lease: Lease = {
      token: Math.max(held?.token ?? 0, above) + 1,
      owner,
      started_at: new Date(now).toISOString(),
      expires_at: now + lifetimeMs,
    };
    if (await this.swap(found, lease)) return lease;
    throw new LeaseHeldError(leaseOf(await this.document.get()) ?? lease);
  }

  /** @throws LeaseLostError when it is no longer ours */
  async renew(lease: Lease, now: number, lifetimeMs: number): Promise<Lease> {
    const found = await this.document.get();
    const renewed = { ...lease, expires_at: now + lifetimeMs };
    const held = leaseOf(found);
    const isOurs = held?.token === lease.token && held.owner === lease.owner && !isReleased(held);
    if (!isOurs || !(await this.swap(found, renewed))) throw new LeaseLostError('The lease is lost.');
    return renewed;
  }

  async release(lease: Lease): Promise<void> {
    const found = await this.document.get();
    const held = leaseOf(found);
    if (held?.token === lease.token && held.owner === lease.owner)
      await this.swap(found, { ...lease, expires_at: 0 });
  }
}
