import type { IncomingMessage } from 'node:http';
import { InvalidRequestError, ServiceError } from '../errors.ts';

/** Largest body taken, in bytes. */
export const BODY_LIMIT = 1_048_576;

/** Longest time a body may take to arrive. */
export const BODY_MS = 30_000;

/** How much more of a body that nobody wants is read, and for how long, until its sender must have seen the reply. */
const DISCARDED = { bytes: 32 * BODY_LIMIT, ms: 10_000 };

const tooLarge = (): ServiceError =>
  new ServiceError('content_too_large', `The body is larger than ${BODY_LIMIT} bytes: send less at a time.`, {
    body: { limit: BODY_LIMIT },
    headers: { Connection: 'close' },
  });

const tooSlow = (): ServiceError =>
  new ServiceError(
    'request_timeout',
    `The body did not arrive within ${BODY_MS / 1000} s: send it faster, or less.`,
    { headers: { Connection: 'close' } },
  );

const brokenOff = (): ServiceError =>
  new InvalidRequestError('The body broke off: send it whole.', [{ pointer: '', reason: 'broke off' }]);

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

/** Bytes of body that a request announces; 0 for one that comes in chunks. */
const announced = ({ headers }: IncomingMessage): number => Number(headers['content-length'] ?? 0);

/** True for a request that is refused for its size before its body comes. */
export const isAnnouncedTooLarge = (request: IncomingMessage): boolean => announced(request) > BODY_LIMIT;

/** A request body: its media type and text. */
export interface Body {
  readonly type: string;
  readonly text: string;
}

/** All bytes of a body; given up at the first byte too many, or when it takes too long. */
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = () => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onError);
    };
    const refuse = (error: ServiceError) => {
      stop();
      request.pause();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_LIMIT) refuse(tooLarge());
      else chunks.push(chunk);
    };
    const onEnd = () => {
      stop();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    };
    const onError = () => refuse(brokenOff());
    const timer = setTimeout(() => refuse(tooSlow()), BODY_MS);
    request.on('data', onData).on('end', onEnd).on('error', onError);
  });
}

/**
 * The body of a request, or null when it has none. One that is announced as too large is not read at all.
 * @param allowed media types taken
 * @throws ServiceError content_too_large, request_timeout, unsupported_media_type or invalid_request
 */
export async function readBody(request: IncomingMessage, allowed: readonly string[]): Promise<Body | null> {
  if (isAnnouncedTooLarge(request)) throw tooLarge();
  const { headers } = request;
  const bytes = await bytesOf(request);
  if (bytes.length === 0) return null;
  const type = mediaType(headers['content-type'], allowed);
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw unsupported('Send the body without Content-Encoding: compressed bodies are not taken.');
  }
  return { type, text: decode(bytes) };
}

/** True while a body is still on its way. */
export const isArriving = (request: IncomingMessage): boolean =>
  !request.complete &&
  !request.destroyed &&
  (request.headers['transfer-encoding'] !== undefined || announced(request) > 0);

/**
 * Reads on to the end of a body that nobody wants. A server that closes at once, with bytes unread, makes the network
 * drop the reply before its sender sees it; one that reads on for ever can be kept busy: so it ends by closing.
 */
export function discardBody(request: IncomingMessage, { bytes, ms } = DISCARDED): Promise<void> {
  return new Promise((resolve) => {
    let length = 0;
    const timer = setTimeout(() => request.destroy(), ms);
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > bytes) request.destroy();
    });
    request.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    request.resume();
  });
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
