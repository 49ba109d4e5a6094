import { type BulkWriter, type CollectionReference, FieldPath, Firestore } from '@google-cloud/firestore';
import type { Lease, RunRecord, UserDocument, UserReader, UserStore } from '../users.ts';
import { inCloud } from './errors.ts';
import { FirestoreLease } from './lease.ts';

const STORE = 'user';
/** Writes between two waits: what the client holds in memory at a time. */
const IN_FLIGHT = 2000;
/** Longest wait for one call, and for `IN_FLIGHT` writes, which the client begins with 500 a second. */
const DEADLINES = { call: 30_000, flush: 120_000 };
/** How often the client repeats a write that the store was too busy for. */
const ATTEMPTS = 5;
const PAGE = 5000;
/** Credentials that no emulator looks at: without any, the client would search the network for some. */
const NOBODY = { client_email: 'nobody', private_key: 'none' };
/** A connection that broke is tried again soon: gRPC itself waits two minutes in the end, which is longer than a call may. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 3000 };

/** Where the database is. */
export interface Place {
  readonly project: string;
  readonly database: string;
  /** Host and port of an emulator; null: the real one. */
  readonly emulator: string | null;
}

/**
 * Users, runs and the lease in Firestore, written by the official client; users are read as serving reads them. A run's
 * record is kept as one text, because Firestore takes no table inside a table; the fields beside it are for queries and
 * people.
 */
export class FirestoreUsers implements UserStore {
  private readonly users: CollectionReference;
  private readonly records: CollectionReference;
  private readonly lease: FirestoreLease;

  constructor(
    private readonly reader: UserReader,
    private readonly place: Place,
    private readonly deadlines = DEADLINES,
  ) {
    const firestore = this.client();
    this.users = firestore.collection('users');
    this.records = firestore.collection('runs');
    this.lease = new FirestoreLease(firestore.doc('locks/recompute'));
  }

  private client(): Firestore {
    const { project: projectId, database: databaseId, emulator } = this.place;
    const local = emulator === null ? {} : { host: emulator, ssl: false, credentials: NOBODY };
    return new Firestore({ projectId, databaseId, ...RECONNECT, ...local });
  }

  private call<T>(work: () => Promise<T>): Promise<T> {
    return inCloud(STORE, this.deadlines.call, work);
  }

  ping(): Promise<void> {
    return this.reader.ping();
  }

  get(userId: number): Promise<UserDocument | null> {
    return this.reader.get(userId);
  }

  /**
   * Hands items to a BulkWriter, so many at a time. Its `close` resolves even when every write failed: each write is
   * caught, and the first failure is thrown. The client is ended with it, so that after a failure nothing that still
   * waits is sent: another run may have begun.
   */
  private async bulk<T>(
    batches: AsyncIterable<readonly T[]>,
    write: (writer: BulkWriter, users: CollectionReference, item: T) => Promise<unknown>,
  ): Promise<number> {
    const client = this.client();
    const users = client.collection('users');
    const writer = client.bulkWriter({ throttling: this.place.emulator === null });
    const failures: unknown[] = [];
    writer.onWriteError(({ failedAttempts }) => failures.length === 0 && failedAttempts < ATTEMPTS);
    let total = 0;
    let waiting = 0;
    const settle = () =>
      inCloud(STORE, this.deadlines.flush, async () => {
        await writer.flush();
        waiting = 0;
        if (failures.length > 0) throw failures[0];
      });
    try {
      for await (const batch of batches) {
        for (const item of batch)
          void write(writer, users, item).catch((error: unknown) => failures.push(error));
        total += batch.length;
        waiting += batch.length;
        if (waiting >= IN_FLIGHT) await settle();
      }
      await settle();
      return total;
    } finally {
      void writer.close();
      void client.terminate().catch(() => undefined);
    }
  }

  write(documents: AsyncIterable<readonly UserDocument[]>): Promise<number> {
    return this.bulk(documents, (writer, users, { user_id, entries }) =>
      writer.set(users.doc(String(user_id)), { user_id, entries }),
    );
  }

  remove(userIds: AsyncIterable<readonly number[]>): Promise<number> {
    return this.bulk(userIds, (writer, users, id) => writer.delete(users.doc(String(id))));
  }

  async *ids(): AsyncIterable<readonly number[]> {
    const pages = this.users.orderBy(FieldPath.documentId()).select().limit(PAGE);
    let page = pages;
    for (;;) {
      const { docs } = await this.call(() => page.get());
      const last = docs.at(-1);
      if (!last) return;
      yield docs.map(({ id }) => Number(id));
      page = pages.startAfter(last);
    }
  }

  async putRun(run: RunRecord): Promise<void> {
    const { run_id, sequence, status, started_at } = run;
    const body = { sequence, status, started_at, record: JSON.stringify(run) };
    await this.call(() => this.records.doc(run_id).set(body));
  }

  async getRun(runId: string): Promise<RunRecord | null> {
    const found = await this.call(() => this.records.doc(runId).get());
    return found.exists ? (JSON.parse(found.get('record') as string) as RunRecord) : null;
  }

  async runs(sinceSequence: number): Promise<RunRecord[]> {
    const newest = this.records.where('sequence', '>=', sinceSequence).orderBy('sequence', 'desc');
    const { docs } = await this.call(() => newest.get());
    return docs.map((run) => JSON.parse(run.get('record') as string) as RunRecord);
  }

  acquireLease(owner: string, now: number, lifetimeMs: number, above = 0): Promise<Lease> {
    return inCloud(
      STORE,
      this.deadlines.call,
      (isLate) => this.lease.acquire(owner, now, lifetimeMs, above, isLate),
      (lease) => this.lease.release(lease),
    );
  }

  renewLease(lease: Lease, now: number, lifetimeMs: number): Promise<Lease> {
    return this.call(() => this.lease.renew(lease, now, lifetimeMs));
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.call(() => this.lease.release(lease));
  }
}
