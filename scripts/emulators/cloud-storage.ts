import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32c } from './crc32c.ts';

interface Stored {
  readonly name: string;
  readonly body: Buffer;
  readonly generation: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a request meets instead of its answer; `lost` does the work and then cuts the connection. */
export type Fault = number | 'cut' | 'lost' | 'silent';

const PAGE = 1000;

/** A refusal in the words of the API. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
  ) {
    super(reason);
  }
}

/** The JSON and the bytes of a multipart/related upload (RFC 2387); its first line is the boundary. */
function partsOf(body: Buffer): { metadata: Record<string, unknown>; data: Buffer } {
  const mark = body.subarray(0, body.indexOf('\r\n'));
  if (mark.length < 3) throw new Refusal(400, 'badRequest');
  const parts: Buffer[] = [];
  for (let start = body.indexOf(mark); ;) {
    const next = body.indexOf(mark, start + mark.length);
    if (start < 0 || next < 0) break;
    const content = body.subarray(body.indexOf('\r\n\r\n', start) + 4, next - 2);
    parts.push(content);
    start = next;
  }
  const [json, data] = parts;
  if (!json || !data) throw new Refusal(400, 'badRequest');
  return { metadata: JSON.parse(json.toString('utf8')) as Record<string, unknown>, data };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * A Cloud Storage in memory for development and tests: the part of the JSON API that the official client uses, with
 * generations, preconditions and checksums, in a bucket that keeps old generations.
 * Source: https://cloud.google.com/storage/docs/json_api/v1
 */
export class CloudStorageServer {
  /** Live objects by `bucket/name`. */
  readonly objects = new Map<string, Stored>();
  /** Generations that were replaced or deleted. */
  readonly noncurrent: Stored[] = [];
  /** Buckets that do not exist; every other does. */
  readonly missing = new Set<string>();
  /** Decides what a request meets, by its method and the name of its object; null is the answer it should get. */
  fault: (method: string, name: string, request: IncomingMessage) => Fault | null = () => null;
  /** Body by which an object's checksums are told; another than its own shows what a client makes of damage. */
  checksummed: (stored: Stored) => Buffer = ({ body }) => body;
  private generation = 1_700_000_000_000_000;

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.handle(request, response).catch(() => response.destroy());
    });
  }

  /** @param port 0: any that is free */
  static async start(port = 0): Promise<CloudStorageServer> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new CloudStorageServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Writes an object, whatever is there. */
  put(bucket: string, name: string, body: Buffer, metadata: Readonly<Record<string, unknown>> = {}): Stored {
    this.generation += 1000;
    this.retire(`${bucket}/${name}`);
    const stored = { name, body, generation: String(this.generation), metadata };
    this.objects.set(`${bucket}/${name}`, stored);
    return stored;
  }

  private retire(key: string): void {
    const old = this.objects.get(key);
    if (old) this.noncurrent.push(old);
    this.objects.delete(key);
  }

  private describe(bucket: string, stored: Stored): Record<string, unknown> {
    const { name, body, generation, metadata } = stored;
    const checksummed = this.checksummed(stored);
    return {
      ...metadata,
      kind: 'storage#object',
      bucket,
      name,
      generation,
      metageneration: '1',
      size: String(body.length),
      md5Hash: createHash('md5').update(checksummed).digest('base64'),
      crc32c: crc32c(checksummed),
    };
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    const name =
      url.searchParams.get('name') ?? decodeURIComponent(/\/o\/(.+)$/.exec(url.pathname)?.[1] ?? '');
    const fault = this.fault(method, name, request);
    if (fault === 'cut') return void request.destroy();
    const body = await bytesOf(request);
    if (fault === 'silent') return;
    try {
      if (typeof fault === 'number') throw new Refusal(fault, 'fault');
      const { status, headers, content } = this.answer(method, url, body);
      if (fault === 'lost') return void response.destroy();
      response.writeHead(status, headers).end(content);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, reason } = error;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: status, message: reason, errors: [{ reason }] } }));
    }
  }

  private answer(method: string, url: URL, body: Buffer) {
    const json = (value: unknown) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      content: JSON.stringify(value),
    });
    const path = /^(\/upload)?(?:\/download)?(?:\/storage\/v1)?\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(
      url.pathname,
    );
    if (!path) throw new Refusal(404, 'notFound');
    const bucket = decodeURIComponent(path[2] as string);
    if (this.missing.has(bucket)) throw new Refusal(404, 'The specified bucket does not exist.');
    if (path[1] !== undefined) {
      const { metadata, data } = partsOf(body);
      const name = url.searchParams.get('name') ?? String(metadata['name']);
      this.requireGeneration(`${bucket}/${name}`, url);
      return json(this.describe(bucket, this.put(bucket, name, data, metadata)));
    }
    if (path[3] === undefined) return json(this.list(bucket, url));
    return this.object(method, bucket, decodeURIComponent(path[3]), url, json);
  }

  private object<T>(method: string, bucket: string, name: string, url: URL, json: (value: unknown) => T) {
    const key = `${bucket}/${name}`;
    const wanted = url.searchParams.get('generation');
    const live = this.objects.get(key);
    const old = this.noncurrent.findIndex((one) => one.name === name && one.generation === wanted);
    const stored = wanted === null || live?.generation === wanted ? live : this.noncurrent[old];
    if (!stored) throw new Refusal(404, `No such object: ${key}`);
    this.requireGeneration(key, url);
    if (method === 'DELETE') {
      if (stored === live && wanted === null) this.retire(key);
      else if (stored === live) this.objects.delete(key);
      else this.noncurrent.splice(old, 1);
      return { status: 204, headers: {}, content: '' };
    }
    const described = this.describe(bucket, stored);
    if (url.searchParams.get('alt') !== 'media') return json(described);
    return {
      status: 200,
      headers: {
        'content-length': stored.body.length,
        'x-goog-generation': stored.generation,
        'x-goog-hash': `crc32c=${String(described['crc32c'])},md5=${String(described['md5Hash'])}`,
      },
      content: stored.body,
    };
  }

  private requireGeneration(key: string, url: URL): void {
    const wanted = url.searchParams.get('ifGenerationMatch');
    if (wanted !== null && wanted !== (this.objects.get(key)?.generation ?? '0'))
      throw new Refusal(412, 'conditionNotMet');
  }

  private list(bucket: string, url: URL): object {
    const prefix = `${bucket}/${url.searchParams.get('prefix') ?? ''}`;
    const names = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const from = Number(url.searchParams.get('pageToken') ?? 0);
    const to = from + Number(url.searchParams.get('maxResults') ?? PAGE);
    const items = names.slice(from, to).map((key) => this.describe(bucket, this.objects.get(key) as Stored));
    return { kind: 'storage#objects', items, ...(to < names.length ? { nextPageToken: String(to) } : {}) };
  }
}
