import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emulatorJar, type FirestoreEmulator, startFirestore } from '../../scripts/emulators/firestore.ts';
import { generate } from '../../scripts/generate.ts';

/**
 * The Firestore emulator of this test run: one that runs already, or one found on the machine. Without any, its tests
 * are skipped; where REQUIRE_EMULATORS is set, that is a failure.
 */
async function firestore(): Promise<FirestoreEmulator | null> {
  const running = process.env['FIRESTORE_EMULATOR_HOST'];
  if (running) return { host: running, stop: async () => undefined };
  const jar = emulatorJar();
  if (jar !== null) return startFirestore(jar);
  const how =
    'install the Google Cloud SDK with its Firestore emulator and Java, or set FIRESTORE_EMULATOR_HOST';
  if (process.env['REQUIRE_EMULATORS']) throw new Error(`There is no Firestore emulator: ${how}.`);
  process.stderr.write(`\n*** SKIPPED: all tests on Firestore. There is no emulator: ${how}. ***\n\n`);
  return null;
}

/** Validators and lexicons are generated: make them before any test imports one. All test folders lie in one. */
export default async function setup(): Promise<() => Promise<void>> {
  await generate();
  const emulator = await firestore();
  // Only tests that ask for it see it: all others run on the embedded stores, whatever the environment says.
  process.env['TEST_FIRESTORE_HOST'] = emulator?.host ?? '';
  for (const name of [
    'FIRESTORE_EMULATOR_HOST',
    'STORAGE_EMULATOR_HOST',
    'ARTIFACT_BUCKET',
    'FIRESTORE_DATABASE',
  ])
    delete process.env[name];
  const root = await mkdtemp(join(tmpdir(), 'etreprof-test-'));
  process.env['TEST_ROOT'] = root;
  return async () => {
    await emulator?.stop();
    await rm(root, { recursive: true, force: true });
  };
}
