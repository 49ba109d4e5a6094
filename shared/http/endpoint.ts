import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config.ts';
import { ERROR_CATALOGUE, InvalidRequestError, ServiceError } from '../errors.ts';
import { requireAccess, type TokenVerifier } from './access.ts';
import { type Body, discardBody, isArriving, readBody } from './body.ts';
import { corsHeaders, preflight } from './cors.ts';
import { type Language, preferredLanguage } from './language.ts';
import type { Listener } from './listen.ts';
import { logRequest, reasonOf, type Severity } from '../log.ts';
import { matcherOf, type Operation, type Parameters, pathOf } from './operation.ts';
import type { RateLimiter } from './rate-limit.ts';
import { codeOf, type Rendered, render, renderError, type Reply, withHeaders } from './reply.ts';
import { traceFields } from './trace.ts';

/** A request as handlers see it: checked for path, method, access and body type. */
export interface Request {
  readonly parameters: Parameters;
  readonly body: Body | null;
  readonly language: Language;
  readonly header: (name: string) => string | undefined;
}

export type Handler = (request: Request) => Promise<Reply>;

/** What the wrapper itself needs. */
export interface EndpointDeps {
  readonly config: Config;
  readonly verify: TokenVerifier;
  readonly limiter: RateLimiter;
}

const REQUEST_ID = /^[\w.-]{1,100}$/;

/** The id a request brings, if it is one, else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

type Matcher = ReturnType<typeof matcherOf>;

/** @throws InvalidRequestError for a request that HTTP itself forbids (RFC 9112, 3.2) */
function requireHost({ httpVersion, headers }: IncomingMessage): void {
  if (httpVersion !== '1.1' || headers.host !== undefined) return;
  throw new InvalidRequestError('The request has no Host header: send one.', [
    { pointer: '', reason: 'no Host header' },
  ]);
}

/** Parameters of the path. @throws ServiceError not_found or method_not_allowed */
function requireRoute(operation: Operation, match: Matcher, { url, method }: IncomingMessage): Parameters {
  const parameters = match(pathOf(url ?? '/'));
  if (!parameters) {
    throw new ServiceError(
      'not_found',
      `There is nothing at this path: this function answers ${operation.path}.`,
    );
  }
  if (method !== operation.method && !(method === 'HEAD' && operation.method === 'GET')) {
    const allowed = operation.method === 'GET' ? 'GET, HEAD' : operation.method;
    throw new ServiceError('method_not_allowed', `Use ${operation.method} here.`, {
      headers: { Allow: allowed },
    });
  }
  return parameters;
}

/** @throws ServiceError unauthenticated, forbidden or rate_limited */
async function admit(
  { access }: Operation,
  { headers }: IncomingMessage,
  { config, verify, limiter }: EndpointDeps,
): Promise<void> {
  const caller = await requireAccess(access, headers, config, verify);
  if (caller !== null) limiter.require(caller);
}

function requestOf({ headers }: IncomingMessage, parameters: Parameters, body: Body | null): Request {
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  return { parameters, body, header, language: preferredLanguage(headers['accept-language']) };
}

/** Sends what was rendered, without waiting for the rest of a body that was not read. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, text }: Rendered,
  requestId: string,
): void {
  const bytes = text === null ? null : Buffer.from(text);
  const all: Record<string, string | number> = { ...headers, 'X-Request-Id': requestId };
  if (bytes) all['Content-Length'] = bytes.length;
  response.writeHead(status, all);
  if (isArriving(request)) {
    // A reply without a body, such as to HEAD, would wait for its end.
    response.flushHeaders();
    if (bytes) response.write(bytes);
    void discardBody(request).then(() => response.end());
  } else response.end(bytes ?? undefined);
}

/** What the log says of a failure: its code, and of one on our side where it comes from. */
function failureFields(failure: unknown): { severity: Severity; fields: Record<string, unknown> } {
  const code = codeOf(failure);
  const { status } = ERROR_CATALOGUE[code];
  if (status < 500) return { severity: 'INFO', fields: { code } };
  const stack = failure instanceof Error ? failure.stack : String(failure);
  if (code === 'internal') return { severity: 'ERROR', fields: { code, stack } };
  return {
    severity: code === 'model_not_ready' ? 'WARNING' : 'ERROR',
    fields: { code, ...reasonOf(failure) },
  };
}

/**
 * The one wrapper around all that answers: whatever is thrown becomes the error shape of the public contract, and each
 * request is one line of the log, without content or personal data.
 * @param name what answers, for the log
 * @param deps opened at the first request, so that loading the module costs nothing
 * @param work makes the reply
 */
export function answering(
  name: string,
  deps: () => EndpointDeps,
  work: (request: IncomingMessage, deps: EndpointDeps) => Promise<Rendered>,
): Listener {
  return async (request, response) => {
    const start = performance.now();
    const requestId = requestIdOf(request);
    let config: Config | null = null;
    let cors: Record<string, string> | null = null;
    let failed: ReturnType<typeof failureFields> | null = null;
    let rendered: Rendered;
    try {
      const opened = deps();
      ({ config } = opened);
      requireHost(request);
      cors = corsHeaders(request, config.corsOrigins);
      rendered = preflight(request, cors) ?? (await work(request, opened));
    } catch (error) {
      failed = failureFields(error);
      rendered = renderError(error, requestId);
    }
    send(request, response, cors === null ? rendered : withHeaders(rendered, cors), requestId);
    logRequest(failed?.severity ?? 'INFO', `${name} ${rendered.status}`, {
      function: name,
      status: rendered.status,
      latency_ms: Math.round(1000 * (performance.now() - start)) / 1000,
      request_id: requestId,
      ...failed?.fields,
      ...traceFields(request.headers, config?.project ?? ''),
    });
  };
}

/**
 * A function of the service: its path, method, access and body are checked before its handler sees the request.
 * @param deps opened at the first request
 * @param handler made at the first request
 */
export function endpoint(operation: Operation, deps: () => EndpointDeps, handler: () => Handler): Listener {
  const match = matcherOf(operation);
  return answering(operation.name, deps, async (request, opened) => {
    const parameters = requireRoute(operation, match, request);
    if (operation.access !== 'public') await admit(operation, request, opened);
    const body = operation.bodyTypes ? await readBody(request, operation.bodyTypes) : null;
    const reply = await handler()(requestOf(request, parameters, body));
    return render(reply, request.headers['if-none-match']);
  });
}
