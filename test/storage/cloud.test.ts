import { afterAll } from 'vitest';
import { CloudStorageServer } from '../../scripts/emulators/cloud-storage.ts';
import { openArtifacts, openUsers } from '../../shared/storage/open-stores.ts';
import { cloudConfig, describeWithFirestore, firestoreHost } from '../setup/emulators.ts';
import { artifactContract } from './artifacts.contract.ts';
import { userContract } from './users.contract.ts';

const server = await CloudStorageServer.start();
afterAll(() => server.stop());

const host = firestoreHost ?? '127.0.0.1:1';
const config = () => cloudConfig(server, host);

artifactContract('Cloud Storage', () => openArtifacts(config()));

describeWithFirestore('on the Firestore emulator', () => {
  userContract('Firestore', () => openUsers(config()));
});
