import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Pointer, Profiles } from '../../shared/clustering/model.ts';
import { DamagedFileError, ModelNotReadyError, StoreUnavailableError } from '../../shared/errors.ts';
import type { ArtifactReader } from '../../shared/storage/artifacts.ts';
import { Published } from '../../shared/storage/published.ts';
import { house } from '../setup/house.ts';
import { sampleExport } from '../setup/api.ts';

const at = await house();
const { model_version: version } = await at.run(await sampleExport(400));
const profiles = JSON.parse(await at.artifact(version, 'profiles.json')) as Profiles;
const pointerTo = (sequence: number, name = version): Pointer => ({
  schema_version: 1,
  version: name,
  sequence,
  computed_at: profiles.computed_at,
});

/** A store of one pointer that counts what it is asked, and fails when told to. */
class Store implements ArtifactReader {
  asked = { pointer: 0, profiles: 0 };
  down = false;
  /** What a store that stands still waits for. */
  stands: Promise<void> = Promise.resolve();
  body: unknown = profiles;
  constructor(public pointer: unknown = pointerTo(1)) {}

  async readPointer() {
    this.asked.pointer++;
    await this.stands;
    if (this.down) throw new StoreUnavailableError('artifact');
    return this.pointer === null ? null : { pointer: this.pointer as Pointer, generation: '1' };
  }

  async read() {
    this.asked.profiles++;
    await this.stands;
    if (this.down) throw new StoreUnavailableError('artifact');
    return Buffer.from(JSON.stringify(this.body));
  }
}

function open(store: Store) {
  const clock = { now: 0 };
  const told: unknown[] = [];
  const published = new Published(
    store,
    1000,
    () => clock.now,
    (trouble) => told.push(trouble),
  );
  return { store, clock, told, published };
}

afterEach(() => void vi.useRealTimers());

describe('the published model', () => {
  test('is read once for all requests that come together, the first ones too', async () => {
    const { store, published } = open(new Store());
    const all = await Promise.all(Array.from({ length: 20 }, () => published.snapshot()));
    expect(new Set(all.map(({ pointer }) => pointer.version))).toEqual(new Set([version]));
    expect(store.asked).toEqual({ pointer: 1, profiles: 1 });
  });

  test('is looked at again when its time is over, and read again only when it is another', async () => {
    const { store, clock, published } = open(new Store());
    const first = await published.snapshot();
    clock.now = 999;
    await published.snapshot();
    expect(store.asked).toEqual({ pointer: 1, profiles: 1 });
    clock.now = 1000;
    store.pointer = pointerTo(1);
    expect((await published.snapshot()).pointer).toBe(first.pointer);
    expect(store.asked).toEqual({ pointer: 2, profiles: 1 });
    clock.now = 2000;
    store.pointer = pointerTo(2, 'v2');
    expect((await published.snapshot()).pointer.version).toBe('v2');
    expect(store.asked).toEqual({ pointer: 3, profiles: 2 });
  });

  test('is remembered while the store is down, which is left alone for a while, and found again after', async () => {
    const { store, clock, published } = open(new Store());
    await published.snapshot();
    store.down = true;
    clock.now = 1000;
    expect(await published.snapshot()).toMatchObject({ degraded: true, pointer: { version } });
    expect(await published.pointer()).toMatchObject({ degraded: true });
    expect(store.asked.pointer).toBe(2);
    store.down = false;
    clock.now = 2000;
    expect(await published.snapshot()).toMatchObject({ degraded: false });
  });

  test('is waited for half a second when it is remembered, and what the store says later counts', async () => {
    const { store, clock, published } = open(new Store());
    await published.snapshot();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let go: () => void = () => undefined;
    store.stands = new Promise((resolve) => (go = resolve));
    const pass = (ms: number) => {
      clock.now += ms;
      vi.advanceTimersByTime(ms);
    };
    clock.now = 1000;
    const first = published.pointer();
    pass(500);
    expect(await first).toMatchObject({ degraded: true, pointer: { version } });
    pass(999);
    expect(await published.pointer()).toMatchObject({ degraded: true });
    pass(1);
    const later = published.pointer();
    pass(0);
    expect(await later).toMatchObject({ degraded: true });
    expect(store.asked.pointer).toBe(2);
    const looking = published.pointer(true);
    go();
    expect(await looking).toMatchObject({ degraded: false });
    expect(await published.pointer()).toMatchObject({ degraded: false });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('stays the old one, marked, while the new one cannot be read whole', async () => {
    const { store, clock, published } = open(new Store());
    await published.snapshot();
    store.pointer = pointerTo(2, 'v2');
    store.body = { not: 'profiles' };
    clock.now = 1000;
    expect(await published.snapshot()).toMatchObject({ degraded: true, pointer: { version } });
    store.body = profiles;
    clock.now = 1999;
    expect(await published.snapshot()).toMatchObject({ degraded: true, pointer: { version } });
    expect(store.asked.profiles).toBe(2);
    clock.now = 2000;
    expect(await published.snapshot()).toMatchObject({ degraded: false, pointer: { version: 'v2' } });
  });

  test('stays the old one for half a second at most while the new one does not come, and is then the new one', async () => {
    const { store, clock, published } = open(new Store());
    await published.snapshot();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    store.pointer = pointerTo(2, 'v2');
    clock.now = 1000;
    await published.pointer();
    let go: () => void = () => undefined;
    store.stands = new Promise((resolve) => (go = resolve));
    const waiting = published.snapshot();
    await vi.advanceTimersByTimeAsync(500);
    expect(await waiting).toMatchObject({ degraded: true, pointer: { version } });
    expect(await published.snapshot()).toMatchObject({ degraded: true, pointer: { version } });
    go();
    await vi.advanceTimersByTimeAsync(0);
    expect(await published.snapshot()).toMatchObject({ degraded: false, pointer: { version: 'v2' } });
    expect(store.asked.profiles).toBe(2);
  });

  test('tells once why it serves what it remembers, and once that this is over', async () => {
    const { store, clock, told, published } = open(new Store());
    const look = async () => ((clock.now += 1000), (await published.snapshot()).degraded);
    await look();
    store.down = true;
    expect([await look(), await look()]).toEqual([true, true]);
    expect(told).toEqual([expect.any(StoreUnavailableError)]);
    store.down = false;
    store.pointer = pointerTo(2, 'v2');
    store.body = null;
    expect([await look(), await look()]).toEqual([true, true]);
    store.body = profiles;
    expect([await look(), await look()]).toEqual([false, false]);
    expect(told).toEqual([expect.any(StoreUnavailableError), null, expect.any(DamagedFileError), null]);
  });

  test.each<[string, () => Store, new (...args: never[]) => Error]>([
    ['nothing is published', () => new Store(null), ModelNotReadyError],
    ['the store is down', () => Object.assign(new Store(), { down: true }), StoreUnavailableError],
    ['the profiles have another form', () => Object.assign(new Store(), { body: {} }), DamagedFileError],
  ])('says so when %s and nothing is remembered', async (_, make, error) => {
    await expect(open(make()).published.snapshot()).rejects.toThrow(error);
  });

  test('is found by the next request when the store comes back, if nothing was remembered', async () => {
    const { store, published } = open(new Store());
    store.down = true;
    await expect(published.snapshot()).rejects.toThrow(StoreUnavailableError);
    store.down = false;
    expect(await published.snapshot()).toMatchObject({ degraded: false });
  });
});
