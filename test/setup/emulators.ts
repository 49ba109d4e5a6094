import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import type { CloudStorageServer } from '../../scripts/emulators/cloud-storage.ts';
import { type Config, readConfig } from '../../shared/config.ts';

/** Host and port of the Firestore emulator that the test run started; null when this machine has none. */
export const firestoreHost = process.env['TEST_FIRESTORE_HOST'] || null;

/** `describe` that is skipped, loudly, where there is no Firestore emulator. */
export const describeWithFirestore: typeof describe | typeof describe.skip =
  firestoreHost === null ? describe.skip : describe;

/** The environment of stores of one's own: a fresh project is an empty database. */
export function cloudEnvironment(storage: CloudStorageServer, host: string): Record<string, string> {
  return {
    FIRESTORE_EMULATOR_HOST: host,
    STORAGE_EMULATOR_HOST: storage.url,
    GOOGLE_CLOUD_PROJECT: `demo-${randomUUID()}`,
    ARTIFACT_BUCKET: `bucket-${randomUUID()}`,
    REVALIDATE_MS: '0',
  };
}

/** A configuration of empty stores on the emulators. */
export const cloudConfig = (
  storage: CloudStorageServer,
  host: string,
  environment = cloudEnvironment(storage, host),
): Config => readConfig(environment);
