import { join } from 'node:path';
import type { Config } from '../config.ts';
import { log, reasonOf } from '../log.ts';
import type { ArtifactReader } from './artifacts.ts';
import { BucketReader } from './cloud/bucket-reader.ts';
import { RestReader, type TokenSource } from './cloud/rest.ts';
import { metadataToken, personalToken } from './cloud/token.ts';
import { FirestoreUserReader } from './cloud/user-reader.ts';
import { LocalArtifacts } from './local/artifacts.ts';
import { LocalUsers } from './local/users.ts';
import { Published } from './published.ts';
import type { UserReader } from './users.ts';

const METADATA = 'http://metadata.google.internal';

/** Folders of the embedded stores. */
export const localFolder = ({ localDir }: Config, store: 'artifacts' | 'store'): string =>
  join(localDir, store);

/** What is wrong with a store in a folder: in the cloud it is the instance's memory. Null elsewhere. */
export const folderProblem = ({ environment }: Config, variable: string): string | null =>
  environment === 'cloud'
    ? `${variable} is not set: in the cloud it must say where the store is, since a folder goes with the instance.`
    : null;

function warnOfFolder(config: Config, variable: string): void {
  const problem = folderProblem(config, variable);
  if (problem !== null) log('WARNING', problem);
}

let token: TokenSource | null = null;

/** One source of tokens for all stores of a process. */
const tokenOf = ({ environment }: Config): TokenSource =>
  (token ??= environment === 'cloud' ? metadataToken(METADATA, () => performance.now()) : personalToken());

/** The artifacts as serving reads them. */
export function openArtifactReader(config: Config): ArtifactReader {
  const { artifactBucket: bucket, storageEmulator: emulator } = config;
  if (bucket !== null) {
    const rest = emulator
      ? new RestReader('artifact', emulator, null)
      : new RestReader('artifact', 'https://storage.googleapis.com', tokenOf(config));
    return new BucketReader(rest, bucket);
  }
  warnOfFolder(config, 'ARTIFACT_BUCKET');
  return new LocalArtifacts(localFolder(config, 'artifacts'));
}

/** The users as serving reads them. */
export function openUserReader(config: Config): UserReader {
  const { firestoreDatabase: database, firestoreEmulator: emulator, project } = config;
  if (database !== null) {
    const rest = emulator
      ? new RestReader('user', `http://${emulator}`, async () => 'owner')
      : new RestReader('user', 'https://firestore.googleapis.com', tokenOf(config));
    return new FirestoreUserReader(rest, `projects/${project}/databases/${database}`);
  }
  warnOfFolder(config, 'FIRESTORE_DATABASE');
  return new LocalUsers(localFolder(config, 'store'));
}

function tellOfChange(trouble: unknown): void {
  if (trouble === null) log('INFO', 'the published model can be read again');
  else log('WARNING', 'the model known last is served: what is published cannot be read', reasonOf(trouble));
}

/** The published model of this configuration, cached in the instance. */
export const openPublished = (config: Config): Published =>
  new Published(openArtifactReader(config), config.revalidateMs, () => performance.now(), tellOfChange);
