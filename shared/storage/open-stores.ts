import type { Config } from '../config.ts';
import type { ArtifactStore } from './artifacts.ts';
import { LocalArtifacts } from './local/artifacts.ts';
import { LocalUsers } from './local/users.ts';
import { localFolder, openArtifactReader, openUserReader } from './open.ts';
import type { UserStore } from './users.ts';

/** The artifacts as a recompute writes them; the cloud's client is loaded when there is a bucket. @throws ConfigError */
export async function openArtifacts(config: Config): Promise<ArtifactStore> {
  const reader = openArtifactReader(config);
  if (config.artifactBucket === null) return new LocalArtifacts(localFolder(config, 'artifacts'));
  const { BucketArtifacts } = await import('./cloud/bucket-artifacts.ts');
  return new BucketArtifacts(reader, config.artifactBucket, config.storageEmulator);
}

/** The users as a recompute writes them; the cloud's client is loaded when there is a database. @throws ConfigError */
export async function openUsers(config: Config): Promise<UserStore> {
  const reader = openUserReader(config);
  const { firestoreDatabase: database, firestoreEmulator, project } = config;
  if (database === null) return new LocalUsers(localFolder(config, 'store'));
  const { FirestoreUsers } = await import('./cloud/firestore-users.ts');
  return new FirestoreUsers(reader, { project, database, emulator: firestoreEmulator });
}
