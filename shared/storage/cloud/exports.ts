import { join } from 'node:path';
import { type File, Storage } from '@google-cloud/storage';
import { StoreUnavailableError } from '../../errors.ts';

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
  try {
    const [files] = await new Storage().bucket(bucket).getFiles({ prefix: base });
    for (const file of files) {
      if (wanted(baseName(file))) await file.download({ destination: join(folder, baseName(file)) });
    }
  } catch (error) {
    throw new StoreUnavailableError(`export (${uri})`, error);
  }
}
