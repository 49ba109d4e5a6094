import type { IncomingMessage } from 'node:http';
import type { Rendered } from './reply.ts';

const PREFLIGHT: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST',
  'Access-Control-Allow-Headers':
    'Accept-Language, Authorization, Content-Type, If-None-Match, X-API-Key, X-Request-Id',
  'Access-Control-Max-Age': '3600',
};

/**
 * What a browser must be told before it hands a reply to a page of another origin; null when no page may call at all.
 * Source: https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function corsHeaders(
  { headers }: IncomingMessage,
  allowed: readonly string[],
): Record<string, string> | null {
  if (allowed.length === 0) return null;
  const { origin } = headers;
  if (origin === undefined || !allowed.includes(origin)) return { Vary: 'Origin' };
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'ETag, Retry-After, X-Request-Id',
  };
}

/** The reply to a browser's question whether a page may call; null when it is no such question, or it may not. */
export function preflight(
  { method, headers }: IncomingMessage,
  cors: Readonly<Record<string, string>> | null,
): Rendered | null {
  const asks = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  return asks && cors?.['Access-Control-Allow-Origin']
    ? { status: 204, headers: PREFLIGHT, text: null }
    : null;
}
