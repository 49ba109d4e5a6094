import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { CloudStorageServer, type Fault } from '../../scripts/emulators/cloud-storage.ts';
import { emulatorJar, type FirestoreEmulator, startFirestore } from '../../scripts/emulators/firestore.ts';
import type { Pointer } from '../../shared/clustering/model.ts';
import { DamagedFileError, StoreForbiddenError, StoreUnavailableError } from '../../shared/errors.ts';
import { BucketReader } from '../../shared/storage/cloud/bucket-reader.ts';
import { inCloud } from '../../shared/storage/cloud/errors.ts';
import { FirestoreUsers } from '../../shared/storage/cloud/firestore-users.ts';
import { RestReader } from '../../shared/storage/cloud/rest.ts';
import { metadataToken } from '../../shared/storage/cloud/token.ts';
import { FirestoreUserReader } from '../../shared/storage/cloud/user-reader.ts';
import { openUserReader } from '../../shared/storage/open.ts';
import { openArtifacts, openUsers } from '../../shared/storage/open-stores.ts';
import { sampleExport } from '../setup/api.ts';
import { cloudConfig, cloudEnvironment, describeWithFirestore, firestoreHost } from '../setup/emulators.ts';
import { Gate } from '../setup/gate.ts';
import { expectOneVersion, houseOn } from '../setup/house.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const storage = await CloudStorageServer.start();
const started: FirestoreEmulator[] = [];
afterAll(async () => {
  storage.stop();
  for (const emulator of started) await emulator.stop();
});
afterEach(() => void (storage.fault = () => null));

const host = firestoreHost ?? '127.0.0.1:1';
const pointer: Pointer = {
  schema_version: 1,
  version: 'v1',
  sequence: 1,
  computed_at: '2025-01-01T00:00:00.000Z',
};

/** The faults that the next requests meet, one each; then all is well. */
function meet(...faults: Fault[]): { left: () => number } {
  storage.fault = () => faults.shift() ?? null;
  return { left: () => faults.length };
}

describe('reading from Cloud Storage', () => {
  const reader = new BucketReader(new RestReader('artifact', storage.url, null, 150), 'reading');
  storage.put('reading', 'models/v1/a.json', Buffer.from('{"a":1}'));
  const read = async () => Buffer.from((await reader.read('v1', 'a.json')) ?? []).toString();

  test.each<[string, Fault]>([
    ['answered 503', 503],
    ['answered 429', 429],
    ['cut off before it was heard', 'cut'],
    ['cut off before it was answered', 'lost'],
    ['never answered', 'silent'],
  ])('tries once more when it was %s', async (_, fault) => {
    meet(fault);
    expect(await read()).toBe('{"a":1}');
  });

  test.each<[string, Fault[], typeof StoreUnavailableError]>([
    ['stays down', [503, 503], StoreUnavailableError],
    ['stays silent', ['silent', 'silent'], StoreUnavailableError],
    ['cuts every connection', ['cut', 'cut'], StoreUnavailableError],
    ['refuses access', [403], StoreForbiddenError],
    ['refuses the token', [401], StoreForbiddenError],
    ['does not understand', [400], StoreUnavailableError],
  ])('fails by name when the store %s', async (_, faults, error) => {
    const met = meet(...faults);
    await expect(read()).rejects.toThrow(error);
    expect(met.left()).toBe(0);
  });

  test('never takes an object that did not arrive whole', async () => {
    const broken = storage.put('reading', 'models/v1/b.json', Buffer.from('{"a":1}'));
    storage.checksummed = (stored) => (stored === broken ? Buffer.from('{"a":2}') : stored.body);
    await expect(reader.read('v1', 'b.json')).rejects.toThrow(StoreUnavailableError);
    storage.checksummed = ({ body }) => body;
  });

  test('tells a bucket that does not exist from an object that does not', async () => {
    expect(await reader.read('v1', 'nothing.json')).toBeNull();
    storage.missing.add('nowhere');
    const nowhere = new BucketReader(new RestReader('artifact', storage.url, null), 'nowhere');
    await expect(nowhere.readPointer()).rejects.toThrow(StoreUnavailableError);
  });

  test('sends the access token of the metadata server, asked for anew only when it is about to end', async () => {
    const granted: string[] = [];
    const metadata = createServer(({ headers, url }, response) => {
      expect(headers['metadata-flavor']).toBe('Google');
      expect(url).toBe('/computeMetadata/v1/instance/service-accounts/default/token');
      granted.push(`token-${granted.length}`);
      response.end(JSON.stringify({ access_token: granted.at(-1), expires_in: 3600, token_type: 'Bearer' }));
    });
    metadata.listen(0, '127.0.0.1');
    await once(metadata, 'listening');
    let at = 0;
    const tokens = metadataToken(`http://127.0.0.1:${(metadata.address() as AddressInfo).port}`, () => at);
    const guarded = new BucketReader(new RestReader('artifact', storage.url, tokens), 'reading');
    const seen: (string | undefined)[] = [];
    storage.fault = (_, __, { headers }) => (seen.push(headers.authorization), null);
    for (const minute of [0, 30, 54, 56]) {
      at = minute * 60_000;
      await guarded.read('v1', 'a.json');
    }
    metadata.close();
    expect(seen).toEqual(['token-0', 'token-0', 'token-0', 'token-1'].map((token) => `Bearer ${token}`));
  });
});

describe('an answer that is not the store’s', () => {
  let answer = '';
  const proxy = createServer((_, response) => response.end(answer));
  beforeAll(async () => {
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
  });
  afterAll(() => void proxy.close());
  const rest = (store: string) =>
    new RestReader(store, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, null);
  const document = (entries: object) => JSON.stringify({ name: 'users/1', fields: { entries } });

  test.each(['<html>Welcome to the hotel</html>', '', 'null', '[]', '{}', JSON.stringify(pointer)])(
    'is a store that cannot be reached: %j',
    async (text) => {
      answer = text;
      await expect(new BucketReader(rest('artifact'), 'b').readPointer()).rejects.toThrow(/artifact store/);
      await expect(new BucketReader(rest('artifact'), 'b').read('v1', 'a.json')).rejects.toThrow(/artifact/);
      await expect(new FirestoreUserReader(rest('user'), 'd').get(1)).rejects.toThrow(/user store/);
    },
  );

  test.each([{}, { stringValue: 'x' }, { arrayValue: { values: [{ integerValue: '1' }] } }])(
    'may be the store’s and yet no user: %j',
    async (entries) => {
      answer = document(entries);
      await expect(new FirestoreUserReader(rest('user'), 'd').get(1)).rejects.toThrow(DamagedFileError);
      answer = document({ arrayValue: {} });
      expect(await new FirestoreUserReader(rest('user'), 'd').get(1)).toEqual({ user_id: 1, entries: [] });
    },
  );
});

describe('writing to Cloud Storage', () => {
  const open = () => openArtifacts(cloudConfig(storage, host));

  test.each<[string, Fault[]]>([
    ['answered 503', [503]],
    ['answered 429', [429]],
    ['cut off before it was heard', ['cut']],
    ['done, but its answer was lost', ['lost']],
  ])('a write that was %s is done, once', async (_, faults) => {
    const store = await open();
    meet(...faults);
    await store.write('v1', 'a.json', Buffer.from('body'));
    storage.fault = () => null;
    expect(Buffer.from((await store.read('v1', 'a.json')) ?? []).toString()).toBe('body');
  });

  test('a pointer whose move was done but whose answer was lost has moved, and its generation is known', async () => {
    const store = await open();
    meet('lost');
    const generation = await store.movePointer(pointer, null);
    expect(await store.readPointer()).toEqual({ pointer, generation });
    await store.movePointer({ ...pointer, sequence: 2 }, generation);
  });

  test('permission denied is said as such, at once', async () => {
    const store = await open();
    storage.fault = () => 403;
    await expect(store.write('v1', 'a.json', Buffer.from(''))).rejects.toThrow(StoreForbiddenError);
    await expect(store.movePointer(pointer, null)).rejects.toThrow(/refuses access/);
    await expect(store.versions()).rejects.toThrow(StoreForbiddenError);
  });

  test('what is redacted stays in no old generation', async () => {
    const store = await open();
    await store.write('v1', 'assignments.csv', Buffer.from('user 42'));
    await store.redact('v1', 'assignments.csv', Buffer.from('nobody'));
    const kept = [...storage.objects.values(), ...storage.noncurrent].map(({ body }) => body.toString());
    expect(kept).toContain('nobody');
    expect(kept).not.toContain('user 42');
  });
});

const source = await sampleExport(400);
const busier = await sampleExport(420, 2);

describeWithFirestore('a recompute on the cloud stores', () => {
  /** Stores of one's own, and a recompute on them. */
  async function cloudHouse(at = cloudConfig(storage, host)) {
    return { ...houseOn({ artifacts: await openArtifacts(at), users: await openUsers(at) }), config: at };
  }
  const force = { force: true };

  test('writes, goes on from what is published, and removes who vanished', async () => {
    const at = await cloudHouse();
    const first = await at.run(source);
    expect(first.users_written).toBe(400);
    expect((await at.run(source)).users_written).toBe(0);
    const third = await at.run(busier, force);
    expect(await expectOneVersion(at)).toBe(third.model_version);
    expect(await at.users.runs(0)).toHaveLength(3);
  });

  test('of two on different machines one runs', async () => {
    const config = cloudConfig(storage, host);
    const outcomes = await Promise.allSettled([
      (await cloudHouse(config)).run(source),
      (await cloudHouse(config)).run(source),
    ]);
    const [refused] = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(refused).toMatchObject({ code: 'recompute_in_progress' });
  });

  test('whose pointer is moved by someone else meanwhile publishes nothing and says so', async () => {
    const at = await cloudHouse();
    const first = await at.run(source);
    const name = `${at.config.artifactBucket}/models/current.json`;
    const moved = async () => {
      const placed = await at.artifacts.readPointer();
      await at.artifacts.movePointer(placed?.pointer as Pointer, placed?.generation ?? null);
    };
    const write = at.users.write.bind(at.users);
    at.users.write = async (documents) => {
      const written = await write(documents);
      await moved();
      return written;
    };
    await expect(at.run(busier, force)).rejects.toMatchObject({ code: 'recompute_in_progress' });
    expect(storage.objects.get(name)?.body.toString()).toContain(first.model_version);
    at.users.write = write;
    expect(await expectOneVersion(at)).toBe(first.model_version);
    const next = await at.run(busier, force);
    expect(await expectOneVersion(at)).toBe(next.model_version);
  });

  test.each([
    ['while artifacts are written', /profiles\.json/],
    ['before the users are written', /current\.json/],
  ])('fails by name when Cloud Storage refuses %s, and the next one completes', async (_, refused) => {
    const at = await cloudHouse();
    const first = await at.run(source);
    storage.fault = (method, name) => (method === 'POST' && refused.test(name) ? 403 : null);
    await expect(at.run(busier, force)).rejects.toThrow(StoreForbiddenError);
    storage.fault = () => null;
    expect(await expectOneVersion(at)).toBe(first.model_version);
    const next = await at.run(busier, force);
    expect(await expectOneVersion(at)).toBe(next.model_version);
  });

  test('that is killed leaves one version whole, wherever it is killed; its lease is free once it was silent', async () => {
    const environment = cloudEnvironment(storage, host);
    const at = await cloudHouse(cloudConfig(storage, host, environment));
    await at.run(source);
    for (const step of ['fit', 'check']) {
      await killedAfter(step, environment, busier);
      await expectOneVersion(at);
      await expect(at.run(busier, force, { now: () => Date.now() })).rejects.toMatchObject({
        code: 'recompute_in_progress',
      });
      const patience = 0;
      await at.users.releaseLease(await at.users.acquireLease('a minute later', Date.now(), patience));
      const next = await at.run(step === 'fit' ? busier : source, force);
      expect(await expectOneVersion(at)).toBe(next.model_version);
    }
  });

  test('whose Firestore dies in the middle fails by name; once it is back, all is written again', async () => {
    const jar = emulatorJar();
    if (jar === null) return;
    const own = await startFirestore(jar);
    started.push(own);
    const config = cloudConfig(storage, own.host);
    const deadlines = { call: 3000, flush: 3000 };
    const users = new FirestoreUsers(
      openUserReader(config),
      { project: config.project, database: '(default)', emulator: own.host },
      deadlines,
    );
    const at = { ...houseOn({ artifacts: await openArtifacts(config), users }), config };
    const first = await at.run(source);
    const onStep = async ({ name }: { name: string }) => void (name === 'check' && (await own.stop()));
    await expect(at.run(busier, force, { onStep: (step) => void onStep(step) })).rejects.toThrow(
      StoreUnavailableError,
    );
    await expect(users.get(1001)).rejects.toThrow(StoreUnavailableError);
    await expect(users.ping()).rejects.toThrow(StoreUnavailableError);
    expect((await at.artifacts.readPointer())?.pointer.version).toBe(first.model_version);
    started.push(await startFirestore(jar, Number(own.host.split(':')[1])));
    Object.assign(deadlines, { call: 60_000, flush: 60_000 });
    const next = await at.run(busier, force);
    expect(next.users_written).toBe(420);
    expect(next.model_version > first.model_version).toBe(true);
    expect(await expectOneVersion(at)).toBe(next.model_version);
  });
});

test('work on a store that ends after nobody waits any more is taken back', async () => {
  let finish: (result: string) => void = () => undefined;
  const work = () => new Promise<string>((resolve) => (finish = resolve));
  const taken = new Promise((resolve) => {
    const undo = async (result: string) => resolve(result);
    void expect(inCloud('user', 10, work, undo))
      .rejects.toThrow(StoreUnavailableError)
      .then(() => finish('late'));
  });
  expect(await taken).toBe('late');
});

describeWithFirestore('what Firestore does so late that nobody waits for it', () => {
  const open = (at: string, deadlines = { call: 20_000, flush: 20_000 }) => {
    const environment = { ...cloudEnvironment(storage, at), GOOGLE_CLOUD_PROJECT: 'demo-late' };
    const config = cloudConfig(storage, at, environment);
    const place = { project: 'demo-late', database: '(default)', emulator: at };
    return new FirestoreUsers(openUserReader(config), place, deadlines);
  };

  test('a lease is given back', async () => {
    const gate = await Gate.to(host);
    const deadlines = { call: 20_000, flush: 20_000 };
    const slow = open(gate.host, deadlines);
    await slow.releaseLease(await slow.acquireLease('first', 0, 60_000));
    gate.shut();
    deadlines.call = 200;
    await expect(slow.acquireLease('late', 0, 60_000)).rejects.toThrow(StoreUnavailableError);
    deadlines.call = 20_000;
    gate.open();
    const other = open(host);
    const lease = await vi.waitFor(() => other.acquireLease('next', 0, 60_000), { timeout: 20_000 });
    await other.releaseLease(lease);
    gate.stop();
  });

  test('users that were not sent yet are never sent', async () => {
    const gate = await Gate.to(host);
    const slow = open(gate.host, { call: 20_000, flush: 500 });
    const documents = Array.from({ length: 2000 }, (_, i) => ({ user_id: i + 1, entries: [] }));
    gate.shut();
    const batches = async function* () {
      yield documents;
    };
    await expect(slow.write(batches())).rejects.toThrow(StoreUnavailableError);
    gate.open();
    await vi.waitFor(() => expect(gate.connections).toBe(0), { timeout: 20_000 });
    let written = 0;
    for await (const ids of open(host).ids()) written += ids.length;
    expect(written).toBeLessThan(documents.length);
    gate.stop();
  });
});

/** Runs a recompute as a real process and kills it without warning when it has told of a step. */
function killedAfter(step: string, environment: Record<string, string>, from: string): Promise<void> {
  const argv = ['--import', 'tsx', join(ROOT, 'scripts/run.ts'), 'recompute', '--source', from, '--force'];
  const child = spawn(process.execPath, argv, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (data: Buffer) => data.toString().includes(step) && child.kill('SIGKILL'));
  return new Promise((resolve) => child.on('close', () => resolve()));
}
