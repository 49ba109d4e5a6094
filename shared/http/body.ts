import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';
import { ServiceError, InvalidRequestError } from '../errors.ts';

/** Largest body taken, in bytes. */
export const BODY_LIMIT = 1_048_576;

/** Longest time a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Headers of a request as they were before the framework's parsers could see them. */
interface Original {
  readonly type: string | undefined;
  readonly encoding: string | undefined;
  length: number;
}

const originals = new WeakMap<IncomingMessage, Original>();

/** Keeps no more of a body that comes in chunks, without a length, than is needed to know that it is too large. */
function limitChunks(request: IncomingMessage, original: Original): void {
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null) => {
    original.length += chunk?.length ?? 0;
    return chunk !== null && original.length > BODY_LIMIT ? true : push(chunk);
  };
}

/**
 * The functions framework parses bodies before a function sees them and answers malformed ones itself, in HTML. Told
 * that every body is a stream of bytes, it hands it over untouched; a body announced as too large is not read at all.
 * Runs for every server of the process when this module is loaded.
 */
subscribe('http.server.request.start', (message) => {
  const { request, server } = message as { request: IncomingMessage; server: Server };
  server.requestTimeout = Math.min(server.requestTimeout, REQUEST_TIMEOUT_MS);
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  const original: Original = { type: headers['content-type'], encoding: headers['content-encoding'], length };
  originals.set(request, original);
  if (headers['transfer-encoding'] !== undefined) limitChunks(request, original);
  delete headers['content-encoding'];
  if (length > BODY_LIMIT) {
    delete headers['content-length'];
    delete headers['content-type'];
  } else {
    headers['content-type'] = 'application/octet-stream';
  }
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

/**
 * The body of a request, or null when it has none.
 * @param allowed media types taken
 * @throws ServiceError content_too_large, unsupported_media_type or invalid_request
 */
export function readBody(
  request: IncomingMessage & { body?: unknown },
  allowed: readonly string[],
): Body | null {
  const { headers } = request;
  const original = originals.get(request) ?? {
    type: headers['content-type'],
    encoding: headers['content-encoding'],
    length: 0,
  };
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  if (original.length > BODY_LIMIT || bytes.length > BODY_LIMIT) throw tooLarge();
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
