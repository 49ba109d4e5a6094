import { join } from 'node:path';
import { DamagedFileError } from '../../errors.ts';
import {
  entriesOf,
  isReleased,
  type Lease,
  LeaseHeldError,
  LeaseLostError,
  type RunRecord,
  type UserDocument,
  type UserStore,
} from '../users.ts';
import { Cell } from './cell.ts';
import { jsonOf, namesIn, onDisk, type Place, readOrNull, replaceFile, storePlace } from './files.ts';
import { isGone } from './processes.ts';

const SHARDS = 256;
/** Lines kept in memory before they are written: shards are rewritten whole, so fewer, larger writes are cheaper. */
const BUFFERED_LINES = 250_000;

/** A run's record, none when it is damaged: the runs are a history, and must not stop the next one. */
function readableRun(bytes: Buffer): RunRecord[] {
  try {
    return [JSON.parse(bytes.toString('utf8')) as RunRecord];
  } catch {
    return [];
  }
}

const shardOf = (userId: number): number => userId % SHARDS;
const keyOf = (userId: number): string => `{"user_id":${userId},`;
const isDocument = (line: string): boolean => line.startsWith('{"user_id":') && line.endsWith('}');
const idOf = (line: string): number => Number(line.slice(11, line.indexOf(',')));

/**
 * Users in 256 files of lines, each replaced whole. As in Firestore, documents change one by one: a killed write
 * leaves some shards new and some old, and the entries' sequence numbers keep readers right.
 */
export class LocalUsers implements UserStore {
  private readonly users: string;
  private readonly runFolder: string;
  private readonly lease: Cell<Lease>;
  private readonly place: Place;

  constructor(folder: string) {
    this.place = storePlace('user', folder);
    this.users = join(folder, 'users');
    this.runFolder = join(folder, 'runs');
    this.lease = new Cell(join(folder, 'locks', 'recompute'));
  }

  private shardPath(shard: number): string {
    return join(this.users, `${shard.toString(16).padStart(2, '0')}.ndjson`);
  }

  private async lines(shard: number): Promise<string> {
    return (await readOrNull(this.shardPath(shard)))?.toString('utf8') ?? '';
  }

  ping(): Promise<void> {
    return onDisk(this.place, async () => void (await namesIn(this.users)));
  }

  get(userId: number): Promise<UserDocument | null> {
    return onDisk(this.place, async () => {
      const text = '\n' + (await this.lines(shardOf(userId)));
      const start = text.indexOf('\n' + keyOf(userId));
      const path = this.shardPath(shardOf(userId));
      if (start < 0) {
        if (!text.trim().split('\n').every(isDocument) && text.trim() !== '')
          throw new DamagedFileError(path);
        return null;
      }
      const found = jsonOf(path, Buffer.from(text.slice(start + 1, text.indexOf('\n', start + 1))));
      return { user_id: userId, entries: entriesOf(found, path) };
    });
  }

  /** Applies changes (a line, or null to remove) to their shards, each shard read and replaced once. */
  private async apply(changes: Map<number, Map<number, string | null>>): Promise<void> {
    for (const [shard, byId] of changes) {
      const kept = (await this.lines(shard))
        .split('\n')
        .filter((line) => isDocument(line) && !byId.has(idOf(line)));
      const added = [...byId.values()].filter((line) => line !== null);
      await replaceFile(this.shardPath(shard), [...kept, ...added, ''].join('\n'));
    }
    changes.clear();
  }

  private change<T>(
    batches: AsyncIterable<readonly T[]>,
    entry: (item: T) => [number, string | null],
  ): Promise<number> {
    return onDisk(this.place, async () => {
      const changes = new Map<number, Map<number, string | null>>();
      let total = 0;
      let buffered = 0;
      for await (const batch of batches) {
        for (const item of batch) {
          const [id, line] = entry(item);
          const shard = changes.get(shardOf(id)) ?? new Map<number, string | null>();
          changes.set(shardOf(id), shard.set(id, line));
        }
        total += batch.length;
        buffered += batch.length;
        if (buffered >= BUFFERED_LINES) {
          await this.apply(changes);
          buffered = 0;
        }
      }
      await this.apply(changes);
      return total;
    });
  }

  write(documents: AsyncIterable<readonly UserDocument[]>): Promise<number> {
    return this.change(documents, ({ user_id, entries }) => [user_id, JSON.stringify({ user_id, entries })]);
  }

  remove(userIds: AsyncIterable<readonly number[]>): Promise<number> {
    return this.change(userIds, (id) => [id, null]);
  }

  async *ids(): AsyncIterable<readonly number[]> {
    for (let shard = 0; shard < SHARDS; shard++) {
      const text = await onDisk(this.place, () => this.lines(shard));
      yield text
        .split('\n')
        .filter((line) => line !== '')
        .map(idOf);
    }
  }

  putRun(run: RunRecord): Promise<void> {
    return onDisk(this.place, () =>
      replaceFile(join(this.runFolder, `${run.run_id}.json`), JSON.stringify(run, null, 2) + '\n'),
    );
  }

  getRun(runId: string): Promise<RunRecord | null> {
    return onDisk(this.place, async () => {
      const bytes = await readOrNull(join(this.runFolder, `${runId}.json`));
      return bytes && (jsonOf(runId, bytes) as RunRecord);
    });
  }

  runs(sinceSequence: number): Promise<RunRecord[]> {
    return onDisk(this.place, async () => {
      const names = (await namesIn(this.runFolder)).filter(
        (name) => name.endsWith('.json') && !name.startsWith('.'),
      );
      const files = await Promise.all(names.map((name) => readOrNull(join(this.runFolder, name))));
      return files
        .flatMap((bytes) => (bytes ? readableRun(bytes) : []))
        .filter((run) => run.sequence >= sinceSequence)
        .sort((a, b) => b.sequence - a.sequence);
    });
  }

  /** True when a lease's holder lives: not long silent, and no process of this machine that ended. */
  private async isHeld(number: number, lease: Lease, lifetimeMs: number): Promise<boolean> {
    if (isReleased(lease) || isGone(lease.owner)) return false;
    // A time ahead of the disk's is from before its clock was set right: a holder that lives has renewed since.
    return Math.abs(await this.lease.age(number)) < lifetimeMs;
  }

  acquireLease(owner: string, now: number, lifetimeMs: number, above = 0): Promise<Lease> {
    return onDisk(this.place, async () => {
      const found = await this.lease.read();
      if (found && (await this.isHeld(found.number, found.value, lifetimeMs)))
        throw new LeaseHeldError(found.value);
      const token = Math.max(found?.number ?? 0, above) + 1;
      const lease: Lease = {
        token,
        owner,
        started_at: new Date(now).toISOString(),
        expires_at: now + lifetimeMs,
      };
      if (await this.lease.write(token, lease)) return lease;
      const winner = await this.lease.read();
      throw new LeaseHeldError(winner?.value ?? lease);
    });
  }

  renewLease(lease: Lease, now: number, lifetimeMs: number): Promise<Lease> {
    return onDisk(this.place, async () => {
      const found = await this.lease.read();
      const renewed = { ...lease, expires_at: now + lifetimeMs };
      if (found?.number !== lease.token || isReleased(found.value))
        throw new LeaseLostError('The lease is lost.');
      if (!(await this.lease.rewrite(lease.token, renewed))) throw new LeaseLostError('The lease is lost.');
      return renewed;
    });
  }

  releaseLease(lease: Lease): Promise<void> {
    return onDisk(this.place, async () => {
      const found = await this.lease.read();
      if (found?.number === lease.token) await this.lease.rewrite(lease.token, { ...lease, expires_at: 0 });
    });
  }
}
