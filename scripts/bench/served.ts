import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../shared/config.ts';
import { openRecompute, SEED } from '../../shared/pipeline/open.ts';
import { buildAll, bundle } from '../build.ts';
import { CloudStorageServer } from '../emulators/cloud-storage.ts';
import { emulatorJar, startFirestore } from '../emulators/firestore.ts';
import { progressBar } from '../progress.ts';
import { writeSample } from '../sample/export.ts';
import type { Served } from './processes.ts';

const USERS = 5000;
/** A user of the sample. */
export const USER = 1234;

/** Stores that the measured functions run on. */
export interface MeasuredStores {
  readonly environment: Record<string, string>;
  /** False where this machine has no Firestore emulator: users then lie in a folder. */
  readonly hasFirestore: boolean;
  readonly stop: () => Promise<void>;
}

/** Emulators that hold a model of a small sample. */
export async function startStores(folder: string): Promise<MeasuredStores> {
  const storage = await CloudStorageServer.start();
  const jar = emulatorJar();
  const firestore = jar === null ? null : await startFirestore(jar);
  const environment = {
    LOCAL_DIR: folder,
    STORAGE_EMULATOR_HOST: storage.url,
    GOOGLE_CLOUD_PROJECT: 'demo-bench',
    ...(firestore ? { FIRESTORE_EMULATOR_HOST: firestore.host } : {}),
  };
  const source = join(folder, 'small');
  await writeSample({ users: USERS, seed: 1, out: source, onProgress: progressBar('events to serve from') });
  const options = { source, asOf: null, seed: SEED, force: false, idempotencyKey: null };
  await openRecompute(readConfig(environment), () => undefined)(options);
  const stop = async () => {
    storage.stop();
    await firestore?.stop();
  };
  return { environment, hasFirestore: firestore !== null, stop };
}

/** Functions as small as they can be, to measure ours beside: they do by the official client what ours must do. */
const BARE = {
  hello: `http('hello', (_request, response) => { response.json({ success: true }); });`,
  download: `http('download', async (_request, response) => {
    const { Storage } = await import('@google-cloud/storage');
    const [bytes] = await new Storage().bucket('etreprof-artifacts').file('models/current.json').download();
    response.json(JSON.parse(bytes.toString('utf8')));
  });`,
  get: `http('get', async (_request, response) => {
    const { Firestore } = await import('@google-cloud/firestore');
    const firestore = new Firestore({ projectId: 'demo-bench', credentials: { client_email: 'x', private_key: 'x' } });
    response.json((await firestore.doc('users/${USER}').get()).data());
  });`,
};

async function bare(name: keyof typeof BARE, dist: string): Promise<Served> {
  const folder = join(dist, name);
  await mkdir(folder, { recursive: true });
  const entry = join(folder, `${name}.ts`);
  await writeFile(entry, `import { http } from '@google-cloud/functions-framework';\n${BARE[name]}\n`);
  await bundle(name, entry, folder);
  return { name, folder, path: '/' };
}

/** About 1 kB of French. */
const TEXT =
  '# La dyslexie en classe\n\n' +
  'Aménager les supports pour les élèves dyslexiques, sans stress. '.repeat(15);

/** Builds all functions, and the bare ones in the same way, inside the project so that modules are found. */
export async function buildServed(dist: string) {
  await buildAll(dist);
  const at = (name: string, path: string): Served => ({ name, folder: join(dist, name), path });
  return {
    hello: await bare('hello', dist),
    download: await bare('download', dist),
    get: await bare('get', dist),
    health: at('health', '/'),
    classify: { ...at('classify', '/'), method: 'POST', body: JSON.stringify({ content: TEXT }) } as const,
    clusters: at('clusters', '/'),
    recommend: at('recommend', '/2'),
    profile: at('user-profile', `/${USER}/profile`),
  };
}

export type Built = Awaited<ReturnType<typeof buildServed>>;
