import { join } from 'node:path';
import type { File } from '@google-cloud/storage';
import { openStorage } from './client.ts';
import { inCloud } from './errors.ts';

/** The scheduler's longest wait for an answer: what takes longer is lost anyhow. */
const DEADLINE_MS = 1_800_000;
const TRIES = 3;

/** Downloads a file; one that breaks off is begun anew. */
async function download(file: File, destination: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await file.download({ destination, validation: 'crc32c' });
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
    }
  }
}

/**
 * Copies the exports under `gs://bucket/prefix` into a local folder, checksums verified by the client.
 * @param wanted tells by its base name whether an object is one of the tables
 * @throws StoreUnavailableError when the bucket cannot be read
 */
export async function fetchExports(
  uri: string,
  folder: string,
  wanted: (name: string) => boolean,
): Promise<void> {
  const [, bucket = '', prefix = ''] = /^gs:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  const base = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const baseName = (file: File) => file.name.slice(base.length);
  await inCloud(`export (${uri})`, DEADLINE_MS, async () => {
    const [files] = await openStorage(null).bucket(bucket).getFiles({ prefix: base });
    for (const file of files) {
      if (wanted(baseName(file))) await download(file, join(folder, baseName(file)));
    }
  });
}
