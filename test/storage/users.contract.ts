import { describe, expect, test } from 'vitest';
import {
  LeaseHeldError,
  LeaseLostError,
  type RunRecord,
  type UserDocument,
  type UserStore,
} from '../../shared/storage/users.ts';

const document = (user_id: number, sequence = 1): UserDocument => ({
  user_id,
  entries: [
    {
      sequence,
      model_version: `v${sequence}`,
      cluster: 2,
      profile: {
        declared_years: 3,
        created_year: 2020,
        degre: null,
        academie: 'La Réunion',
        niveaux_enseignes: ['college'],
        discipline: null,
      },
    },
  ],
});

const run = (sequence: number, status: RunRecord['status'] = 'succeeded'): RunRecord => ({
  run_id: `run-${sequence}`,
  sequence,
  status,
  started_at: '2025-01-01T00:00:00.000Z',
  ended_at: null,
});

async function* batches<T>(...items: (readonly T[])[]): AsyncGenerator<readonly T[]> {
  yield* items;
}

async function allIds(store: UserStore): Promise<number[]> {
  const ids: number[] = [];
  for await (const batch of store.ids()) ids.push(...batch);
  return ids.sort((a, b) => a - b);
}

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;

/**
 * What every user store must do. Silence is judged by the store's own clock: no lease of these tests is silent for a
 * minute, and each is silent for no time at all, so no test waits.
 */
export function userContract(name: string, open: () => Promise<UserStore>): void {
  describe(`${name} as a user store`, () => {
    test('answers when it is there', async () => {
      await expect((await open()).ping()).resolves.toBeUndefined();
    });

    test('reads back what was written', async () => {
      const store = await open();
      expect(
        await store.write(batches([document(1), document(257)], [document(Number.MAX_SAFE_INTEGER)])),
      ).toBe(3);
      for (const id of [1, 257, Number.MAX_SAFE_INTEGER]) expect(await store.get(id)).toEqual(document(id));
    });

    test('says null for users it does not hold', async () => {
      const store = await open();
      await store.write(batches([document(12)]));
      expect(await store.get(1)).toBeNull();
      expect(await store.get(2)).toBeNull();
      expect(await store.get(268)).toBeNull();
    });

    test('replaces a document and leaves the others', async () => {
      const store = await open();
      await store.write(batches([document(1), document(257)]));
      await store.write(batches([document(1, 2)]));
      expect(await store.get(1)).toEqual(document(1, 2));
      expect(await store.get(257)).toEqual(document(257));
    });

    test('removes users, passing over those it does not hold', async () => {
      const store = await open();
      await store.write(batches([document(1), document(2), document(257)]));
      expect(await store.remove(batches([1, 999]))).toBe(2);
      expect(await allIds(store)).toEqual([2, 257]);
    });

    test('writes many documents', async () => {
      const store = await open();
      const many = Array.from({ length: 1200 }, (_, i) => document(i + 1));
      expect(await store.write(batches(many.slice(0, 700), many.slice(700)))).toBe(1200);
      expect(await allIds(store)).toEqual(many.map(({ user_id }) => user_id));
    });

    test('remembers runs, newest first, and replaces the one of the same id', async () => {
      const store = await open();
      expect(await store.getRun('run-1')).toBeNull();
      await store.putRun(run(1));
      await store.putRun(run(3, 'running'));
      await store.putRun(run(2));
      await store.putRun(run(3));
      expect(await store.getRun('run-3')).toEqual(run(3));
      expect(await store.runs(2)).toEqual([run(3), run(2)]);
    });

    test('gives the lease to one owner at a time', async () => {
      const store = await open();
      const lease = await store.acquireLease('a', 1000, MINUTE);
      await expect(store.acquireLease('b', 1100, MINUTE)).rejects.toThrow(LeaseHeldError);
      await store.releaseLease(lease);
      expect((await store.acquireLease('b', 1200, MINUTE)).token).toBeGreaterThan(lease.token);
    });

    test('of many contenders exactly one gets the lease', async () => {
      const store = await open();
      const tries = Array.from({ length: 8 }, (_, i) => store.acquireLease(`owner ${i}`, 1000, MINUTE));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('tells who holds the lease and since when', async () => {
      const store = await open();
      await store.acquireLease('a', 1000, MINUTE);
      const error = await store.acquireLease('b', 1100, MINUTE).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LeaseHeldError);
      expect((error as LeaseHeldError).holder).toMatchObject({
        owner: 'a',
        started_at: '1970-01-01T00:00:01.000Z',
      });
    });

    test('a renewed lease says so, and is held still', async () => {
      const store = await open();
      const lease = await store.acquireLease('a', 1000, MINUTE);
      expect(await store.renewLease(lease, 1400, MINUTE)).toEqual({ ...lease, expires_at: 1400 + MINUTE });
      await expect(store.acquireLease('b', 1600, MINUTE)).rejects.toThrow(LeaseHeldError);
    });

    test('the lease of a silent holder may be taken, with a higher token, and is lost to its old owner', async () => {
      const store = await open();
      const old = await store.acquireLease('a', 1000, MINUTE);
      const taken = await store.acquireLease('b', 1000, 0);
      expect(taken.token).toBeGreaterThan(old.token);
      await expect(store.renewLease(old, 1600, MINUTE)).rejects.toThrow(LeaseLostError);
      await store.releaseLease(old);
      await expect(store.acquireLease('c', 1700, MINUTE)).rejects.toThrow(LeaseHeldError);
    });

    test('a lease from a clock a year ahead is taken once its holder is silent', async () => {
      const store = await open();
      const ahead = await store.acquireLease('a', Date.now() + YEAR, MINUTE);
      await expect(store.acquireLease('b', Date.now(), MINUTE)).rejects.toThrow(LeaseHeldError);
      expect((await store.acquireLease('b', Date.now(), 0)).token).toBeGreaterThan(ahead.token);
    });

    test('a holder whose clock is a year behind keeps the lease while it is heard of', async () => {
      const store = await open();
      const behind = await store.acquireLease('a', Date.now() - YEAR, MINUTE);
      await expect(store.acquireLease('b', Date.now(), MINUTE)).rejects.toThrow(LeaseHeldError);
      await store.renewLease(behind, Date.now() - YEAR, MINUTE);
      await expect(store.acquireLease('b', Date.now(), MINUTE)).rejects.toThrow(LeaseHeldError);
    });

    test('a contender whose clock is a year ahead robs nobody', async () => {
      const store = await open();
      await store.acquireLease('a', Date.now(), MINUTE);
      await expect(store.acquireLease('b', Date.now() + YEAR, MINUTE)).rejects.toThrow(LeaseHeldError);
    });

    test('a released lease cannot be renewed', async () => {
      const store = await open();
      const lease = await store.acquireLease('a', 1000, MINUTE);
      await store.releaseLease(lease);
      await expect(store.renewLease(lease, 1100, MINUTE)).rejects.toThrow(LeaseLostError);
    });
  });
}
