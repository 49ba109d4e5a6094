import { ERROR_CATALOGUE, type ErrorCode, ServiceError } from '../errors.ts';

/** How a reply may be cached: as long as the model stands, by nobody but the client that asked, or not at all. */
export type Caching =
  | { readonly kind: 'model'; readonly etag: string }
  | { readonly kind: 'private' }
  | { readonly kind: 'none' };

/** A value, or its JSON where that is known already. */
type Content = { readonly body: unknown } | { readonly text: string };

/** What a handler returns. */
export type Reply = Content & {
  readonly caching: Caching;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What goes over the wire: status, headers and the JSON text (null for 304). */
export interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | null;
}

/** Sent with every reply: it is data for programs, never a page. */
const SECURITY = {
  'Content-Type': 'application/json; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000',
};

const CACHE_CONTROL = {
  model: 'public, max-age=60',
  private: 'private, no-store',
  none: 'no-store',
} as const;

/** A rendered reply with more headers; of `Vary`, which both may have, neither is lost. */
export function withHeaders(rendered: Rendered, more: Readonly<Record<string, string>>): Rendered {
  const vary = [rendered.headers['Vary'], more['Vary']].filter((value) => value !== undefined).join(', ');
  return { ...rendered, headers: { ...rendered.headers, ...more, ...(vary === '' ? {} : { Vary: vary }) } };
}

/** True when If-None-Match names the entity, weak or strong (RFC 9110, 13.1.2). */
function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => bare(tag) === bare(etag));
}

/** A handler's reply as it goes over the wire; 304 when the client has it already. */
export function render(reply: Reply, ifNoneMatch: string | undefined): Rendered {
  const { caching, headers } = reply;
  const text = 'text' in reply ? reply.text : JSON.stringify(reply.body);
  const all = { ...SECURITY, 'Cache-Control': CACHE_CONTROL[caching.kind], ...headers };
  if (caching.kind !== 'model') return { status: 200, headers: all, text };
  const tagged = { ...all, ETag: caching.etag };
  if (isKnown(caching.etag, ifNoneMatch)) return { status: 304, headers: tagged, text: null };
  return { status: 200, headers: tagged, text };
}

/** The code of anything thrown: its own if it is in the catalogue, else `internal`. */
export const codeOf = (error: unknown): ErrorCode =>
  error instanceof ServiceError ? error.code : 'internal';

/** Anything thrown as the one error shape; what was not foreseen says nothing but the request's id. */
export function renderError(error: unknown, requestId: string): Rendered {
  const code = codeOf(error);
  const entry: { status: number; retryAfter?: number } = ERROR_CATALOGUE[code];
  const known = error instanceof ServiceError && code !== 'internal' ? error : null;
  const message = known?.message ?? 'Something went wrong on our side: try again, or report the request id.';
  const details = known ? known.body : { request_id: requestId };
  return {
    status: entry.status,
    headers: {
      ...SECURITY,
      'Cache-Control': 'no-store',
      ...(entry.retryAfter === undefined ? {} : { 'Retry-After': String(entry.retryAfter) }),
      ...known?.headers,
    },
    text: JSON.stringify({ success: false, error: message, code, ...details }),
  };
}
