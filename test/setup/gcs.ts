import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32c } from './crc32c.ts';

interface Stored {
  readonly body: Buffer;
  readonly generation: string;
}

/** A Cloud Storage of one process's own: the part of the JSON API that the real client uses, with generations. */
export class GcsServer {
  readonly objects = new Map<string, Stored>();
  private generation = 1_700_000_000_000_000;

  private constructor(private readonly server: Server) {
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void this.handle(request, response),
    );
  }

  static async start(): Promise<GcsServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new GcsServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  put(bucket: string, name: string, body: Buffer): Stored {
    this.generation += 1000;
    const stored = { body, generation: String(this.generation) };
    this.objects.set(`${bucket}/${name}`, stored);
    return stored;
  }

  private describe(bucket: string, name: string, { body, generation }: Stored): object {
    return {
      kind: 'storage#object',
      bucket,
      name,
      generation,
      metageneration: '1',
      size: String(body.length),
      md5Hash: createHash('md5').update(body).digest('base64'),
      crc32c: crc32c(body),
    };
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const found = /^(?:\/download)?(?:\/storage\/v1)?\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(url.pathname);
    const fail = (status: number, reason: string) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: status, message: reason, errors: [{ reason }] } }));
    };
    request.resume();
    await once(request, 'end');
    if (!found) return fail(404, 'notFound');
    const bucket = decodeURIComponent(found[1] as string);
    if (found[2] === undefined) return this.list(bucket, url, response);
    const name = decodeURIComponent(found[2]);
    const stored = this.objects.get(`${bucket}/${name}`);
    if (!stored) return fail(404, 'notFound');
    if (url.searchParams.get('alt') === 'media') {
      const { md5Hash, crc32c: crc } = this.describe(bucket, name, stored) as Record<string, string>;
      response.writeHead(200, {
        'content-length': stored.body.length,
        'x-goog-generation': stored.generation,
        'x-goog-hash': `crc32c=${crc},md5=${md5Hash}`,
      });
      response.end(stored.body);
    } else {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(this.describe(bucket, name, stored)));
    }
  }

  private list(bucket: string, url: URL, response: ServerResponse): void {
    const prefix = `${bucket}/${url.searchParams.get('prefix') ?? ''}`;
    const items = [...this.objects].flatMap(([key, stored]) =>
      key.startsWith(prefix) ? [this.describe(bucket, key.slice(bucket.length + 1), stored)] : [],
    );
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'storage#objects', items }));
  }
}
