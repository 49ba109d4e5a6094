import { afterAll } from 'vitest';
import { CloudStorageServer } from '../../scripts/emulators/cloud-storage.ts';
import { startApi } from '../setup/api.ts';
import { cloudEnvironment, describeWithFirestore, firestoreHost } from '../setup/emulators.ts';
import { apiContract } from './api.contract.ts';

const storage = await CloudStorageServer.start();
afterAll(() => storage.stop());

describeWithFirestore('on emulators', () => {
  apiContract('Cloud Storage and Firestore', async (environment) => {
    const cloud = cloudEnvironment(storage, firestoreHost ?? '');
    const api = await startApi({ ...cloud, ...environment });
    return {
      ...api,
      artifact: async (version, name) =>
        String(storage.objects.get(`${cloud['ARTIFACT_BUCKET']}/models/${version}/${name}`)?.body),
      breakArtifacts: async () => {
        storage.fault = () => 503;
        return async () => void (storage.fault = () => null);
      },
    };
  });
});
