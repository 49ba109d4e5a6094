import { createHash } from 'node:crypto';
import { StoreUnavailableError } from '../../errors.ts';
import { type ArtifactReader, parseJson, type PlacedPointer, pointerOf } from '../artifacts.ts';
import type { Answer, RestReader } from './rest.ts';

/** Name of the pointer's object. */
export const POINTER = 'models/current.json';

/** Name of an artifact's object. */
export const objectName = (version: string, name: string): string => `models/${version}/${name}`;

/** True when the body is what Cloud Storage says it holds, by MD5. */
function isWhole({ headers, body }: Answer): boolean {
  const hashes = String(headers['x-goog-hash'] ?? '');
  const md5 = /(?:^|[,\s])md5=([^,\s]+)/.exec(hashes)?.[1];
  return md5 === undefined || md5 === createHash('md5').update(body).digest('base64');
}

/** Reads artifacts from a Cloud Storage bucket by its JSON API. */
export class BucketReader implements ArtifactReader {
  constructor(
    private readonly rest: RestReader,
    private readonly bucket: string,
  ) {}

  private async object(name: string): Promise<Answer | null> {
    const path = `/storage/v1/b/${this.bucket}/o/${encodeURIComponent(name)}?alt=media`;
    const answer = await this.rest.get(path);
    if (answer.status === 404) return null;
    // Something between here and Cloud Storage may answer in its place.
    if (answer.headers['x-goog-generation'] === undefined || !isWhole(answer))
      throw new StoreUnavailableError('artifact', new Error(`${name} did not arrive whole.`));
    return answer;
  }

  async read(version: string, name: string): Promise<Uint8Array | null> {
    return (await this.object(objectName(version, name)))?.body ?? null;
  }

  async readPointer(): Promise<PlacedPointer | null> {
    const answer = await this.object(POINTER);
    if (!answer) return null;
    return {
      pointer: pointerOf(parseJson(answer.body), POINTER),
      generation: String(answer.headers['x-goog-generation']),
    };
  }
}
