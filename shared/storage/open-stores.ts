import { type Config, ConfigError } from '../config.ts';
import type { ArtifactStore } from './artifacts.ts';
import { LocalArtifacts } from './local/artifacts.ts';
import { LocalUsers } from './local/users.ts';
import { folderProblem, localFolder, openArtifactReader, openUserReader } from './open.ts';
import type { UserStore } from './users.ts';

/** A folder to write to. @throws ConfigError in the cloud, where what is written to it would be lost */
function folderFor(config: Config, store: 'artifacts' | 'store', variable: string): string {
  const problem = folderProblem(config, variable);
  if (problem !== null) throw new ConfigError(problem);
  return localFolder(config, store);
}

/** The artifacts as a recompute writes them; the cloud's client is loaded when there is a bucket. @throws ConfigError */
export async function openArtifacts(config: Config): Promise<ArtifactStore> {
  if (config.artifactBucket === null)
    return new LocalArtifacts(folderFor(config, 'artifacts', 'ARTIFACT_BUCKET'));
  const reader = openArtifactReader(config);
  const { BucketArtifacts } = await import('./cloud/bucket-artifacts.ts');
  return new BucketArtifacts(reader, config.artifactBucket, config.storageEmulator);
}

/** The users as a recompute writes them; the cloud's client is loaded when there is a database. @throws ConfigError */
export async function openUsers(config: Config): Promise<UserStore> {
  const { firestoreDatabase: database, firestoreEmulator, project } = config;
  if (database === null) return new LocalUsers(folderFor(config, 'store', 'FIRESTORE_DATABASE'));
  const reader = openUserReader(config);
  const { FirestoreUsers } = await import('./cloud/firestore-users.ts');
  return new FirestoreUsers(reader, { project, database, emulator: firestoreEmulator });
}
