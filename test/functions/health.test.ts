import { describe, expect, test } from 'vitest';
import { handler } from '../../functions/health/handler.ts';
import { DamagedFileError, ModelNotReadyError, StoreUnavailableError } from '../../shared/errors.ts';
import type { Served, Snapshot } from '../../shared/storage/published.ts';

const pointer = {
  schema_version: 1,
  version: 'v1',
  sequence: 1,
  computed_at: '2025-01-01T00:00:00.000Z',
} as const;
const profiles = {} as Snapshot['profiles'];
const served = (degraded: boolean) => async (): Promise<Snapshot> => ({ pointer, profiles, degraded });
const failing = (fault: Error) => async (): Promise<never> => {
  throw fault;
};
const there = async () => undefined;

const model = { version: 'v1', trained_at: '2025-01-01T00:00:00.000Z' };

/** The reply of a health function on stores that answer like this. */
async function replyOf(
  snapshot: () => Promise<Snapshot>,
  ping: () => Promise<void>,
  pointerOf: () => Promise<Served> = snapshot,
) {
  const health = handler({
    published: { snapshot, pointer: pointerOf },
    users: { ping },
    version: '1.0.0',
    revalidateMs: 1000,
    now: () => 0,
    clock: () => Date.parse('2025-01-05T06:00:00.000Z'),
  });
  const reply = await health({ parameters: {}, body: null, language: 'en', header: () => undefined });
  const body = 'body' in reply ? (reply.body as Record<string, unknown>) : {};
  const { status, missing, model: found, data_age_days: age } = body;
  return { status, missing, model: found, age };
}

describe('health', () => {
  test.each<[string, () => Promise<Snapshot>, () => Promise<void>, object]>([
    ['both stores answer', served(false), there, { status: 'running', model, age: 4 }],
    [
      'nothing is published yet',
      failing(new ModelNotReadyError()),
      there,
      { status: 'running', model: null, age: null },
    ],
    [
      'the user store is down',
      served(false),
      failing(new StoreUnavailableError('user')),
      { status: 'degraded', missing: ['users'], model, age: 4 },
    ],
    [
      'the artifacts are remembered alone',
      served(true),
      there,
      { status: 'degraded', missing: ['artifacts'], model, age: 4 },
    ],
    [
      'both are down',
      failing(new StoreUnavailableError('artifact')),
      failing(new StoreUnavailableError('user')),
      { status: 'degraded', missing: ['artifacts', 'users'], model: null, age: null },
    ],
  ])('when %s', async (_, snapshot, ping, expected) => {
    expect(await replyOf(snapshot, ping)).toEqual({ missing: undefined, ...expected });
  });

  test('names the version that other functions serve while its profiles cannot be read', async () => {
    const damaged = failing(new DamagedFileError('models/v1/profiles.json'));
    expect(await replyOf(damaged, there, served(false))).toEqual({
      status: 'degraded',
      missing: ['artifacts'],
      model,
      age: 4,
    });
  });

  test('asks the user store once in its time, however often it is asked itself', async () => {
    let [at, asked] = [0, 0];
    const ping = async () => void asked++;
    const published = { snapshot: served(false), pointer: served(false) };
    const clocks = { now: () => at, clock: () => 0 };
    const health = handler({ published, users: { ping }, version: '1', revalidateMs: 1000, ...clocks });
    const request = { parameters: {}, body: null, language: 'en', header: () => undefined } as const;
    for (at of [0, 400, 999, 1000, 1500]) await health(request);
    expect(asked).toBe(2);
  });
});
