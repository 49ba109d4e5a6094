import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Bucket } from '@google-cloud/storage';
import type { Pointer } from '../../clustering/model.ts';
import {
  type ArtifactBody,
  ArtifactExistsError,
  type ArtifactReader,
  type ArtifactStore,
  bytesOf,
  type PlacedPointer,
  PointerMovedError,
} from '../artifacts.ts';
import { objectName, POINTER } from './bucket-reader.ts';
import { openStorage } from './client.ts';
import { codeOf, inCloud } from './errors.ts';

const STORE = 'artifact';
const DEADLINE_MS = 120_000;
const CONDITION_NOT_MET = 412;
const NOT_FOUND = 404;

/** Name of the metadata by which a writer knows its own write again. */
const WRITE_ID = 'write-id';

/** Artifacts in a Cloud Storage bucket, written by the official client and read as serving reads them. */
export class BucketArtifacts implements ArtifactStore {
  private readonly files: Bucket;

  constructor(
    private readonly reader: ArtifactReader,
    bucket: string,
    emulator: string | null,
  ) {
    this.files = openStorage(emulator).bucket(bucket);
  }

  read(version: string, name: string): Promise<Uint8Array | null> {
    return this.reader.read(version, name);
  }

  readPointer(): Promise<PlacedPointer | null> {
    return this.reader.readPointer();
  }

  /**
   * Writes an object if it still has this generation (0: if there is none); its new generation, or null when it has
   * another. A write that arrived although its answer was lost is refused when it is repeated: it is known by its id.
   */
  private async put(name: string, body: ArtifactBody, generation: number | string): Promise<string | null> {
    const id = randomUUID();
    const file = this.files.file(name);
    try {
      await file.save(Buffer.from(await bytesOf(body)), {
        resumable: false,
        validation: 'crc32c',
        preconditionOpts: { ifGenerationMatch: generation },
        metadata: { cacheControl: 'no-store', metadata: { [WRITE_ID]: id } },
      });
      return String(file.metadata.generation);
    } catch (error) {
      if (codeOf(error) !== CONDITION_NOT_MET) throw error;
      const [found] = await file.getMetadata();
      return found.metadata?.[WRITE_ID] === id ? String(found.generation) : null;
    }
  }

  write(version: string, name: string, body: ArtifactBody): Promise<void> {
    return inCloud(STORE, DEADLINE_MS, async () => {
      if ((await this.put(objectName(version, name), body, 0)) === null)
        throw new ArtifactExistsError(`${objectName(version, name)} is there already.`);
    });
  }

  redact(version: string, name: string, body: ArtifactBody): Promise<void> {
    return inCloud(STORE, DEADLINE_MS, async () => {
      const path = objectName(version, name);
      const [{ generation: old }] = await this.files.file(path).getMetadata();
      if ((await this.put(path, body, String(old))) === null)
        throw new ArtifactExistsError(`${path} was written by someone else meanwhile.`);
      // In a bucket that keeps old generations the one with the user in it would stay.
      await this.files.file(path, { generation: String(old) }).delete({ ignoreNotFound: true });
    });
  }

  fetch(version: string, name: string, file: string): Promise<boolean> {
    return inCloud(STORE, DEADLINE_MS, async () => {
      try {
        await this.files
          .file(objectName(version, name))
          .download({ destination: file, validation: 'crc32c' });
        return true;
      } catch (error) {
        await rm(file, { force: true });
        if (codeOf(error) === NOT_FOUND) return false;
        throw error;
      }
    });
  }

  movePointer(pointer: Pointer, generation: string | null): Promise<string> {
    return inCloud(STORE, DEADLINE_MS, async () => {
      const body = Buffer.from(JSON.stringify(pointer, null, 2) + '\n');
      const moved = await this.put(POINTER, body, generation ?? 0);
      if (moved === null) throw new PointerMovedError('The pointer was moved by someone else.');
      return moved;
    });
  }

  versions(): Promise<string[]> {
    return inCloud(STORE, DEADLINE_MS, async () => {
      const [files] = await this.files.getFiles({ prefix: 'models/' });
      const folders = files.map(({ name }) => name.split('/').slice(1, -1).join('/'));
      return [...new Set(folders)].filter((version) => version !== '');
    });
  }

  remove(version: string): Promise<void> {
    return inCloud(STORE, DEADLINE_MS, () => this.files.deleteFiles({ prefix: objectName(version, '') }));
  }
}
