import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';
import { ServiceError, InvalidRequestError } from '../errors.ts';

/** Largest body taken, in bytes. */
export const BODY_LIMIT = 1_048_576;

/** Longest time a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Headers of a body as the request brought them. */
interface Original {
  readonly type: string | undefined;
  readonly encoding: string | undefined;
  readonly length: number;
}

const originals = new WeakMap<IncomingMessage, Original>();
const NONE: Original = { type: undefined, encoding: undefined, length: 0 };

/**
 * The functions framework parses bodies before a function sees them and answers malformed ones itself, in HTML. Without
 * these headers it sees no body and leaves it to us. Runs for every server of the process when this module is loaded.
 */
subscribe('http.server.request.start', (message) => {
  const { request, server } = message as { request: IncomingMessage; server: Server };
  server.requestTimeout = Math.min(server.requestTimeout, REQUEST_TIMEOUT_MS);
  const { headers } = request;
  originals.set(request, {
    type: headers['content-type'],
    encoding: headers['content-encoding'],
    length: Number(headers['content-length'] ?? 0),
  });
  for (const name of ['content-type', 'content-encoding', 'content-length', 'transfer-encoding'])
    delete headers[name];
});

const tooLarge = (): ServiceError =>
  new ServiceError('content_too_large', `The body is larger than ${BODY_LIMIT} bytes: send less at a time.`, {
    body: { limit: BODY_LIMIT },
    headers: { Connection: 'close' },
  });

const unsupported = (message: string): ServiceError => new ServiceError('unsupported_media_type', message);

/** The media type of a Content-Type header, in lower case, without parameters. */
function mediaType(type: string | undefined, allowed: readonly string[]): string {
  const [media = '', ...parameters] = (type ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (
    !allowed.includes(media) ||
    (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset))
  ) {
    throw unsupported(`Send the body in UTF-8 as ${allowed.join(' or ')}, and say so in Content-Type.`);
  }
  return media;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new InvalidRequestError('The body is not valid UTF-8: encode the text as UTF-8.', [
      { pointer: '', reason: 'not valid UTF-8' },
    ]);
  }
}

/** A request body: its media type and text. */
export interface Body {
  readonly type: string;
  readonly text: string;
}

/** All bytes of a body; no more of it is kept than is needed to know that it is too large. */
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_LIMIT) chunks.push(chunk);
    });
    request.on('end', () => {
      if (length > BODY_LIMIT) reject(tooLarge());
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.on('error', () =>
      reject(
        new InvalidRequestError('The body broke off: send it whole.', [{ pointer: '', reason: 'broke off' }]),
      ),
    );
  });
}

/**
 * The body of a request, or null when it has none. One that is announced as too large is not read at all.
 * @param allowed media types taken
 * @throws ServiceError content_too_large, unsupported_media_type or invalid_request
 */
export async function readBody(request: IncomingMessage, allowed: readonly string[]): Promise<Body | null> {
  const original = originals.get(request) ?? NONE;
  if (original.length > BODY_LIMIT) throw tooLarge();
  const bytes = await bytesOf(request);
  if (bytes.length === 0) return null;
  const type = mediaType(original.type, allowed);
  if (original.encoding !== undefined && original.encoding.toLowerCase() !== 'identity') {
    throw unsupported('Send the body without Content-Encoding: compressed bodies are not taken.');
  }
  return { type, text: decode(bytes) };
}

/** The JSON value of a text. @throws InvalidRequestError when it is none */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not JSON';
    throw new InvalidRequestError('The body is not valid JSON: check quotes, commas and brackets.', [
      { pointer: '', reason: reason.replace(/,? *(\.\.\.)?".*$/s, '') },
    ]);
  }
}
