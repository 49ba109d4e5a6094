import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpFunction, Request as FrameworkRequest } from '@google-cloud/functions-framework';
import type { Config } from '../config.ts';
import { ServiceError } from '../errors.ts';
import { requireAccess, type TokenVerifier } from './access.ts';
import { type Body, readBody } from './body.ts';
import { type Language, preferredLanguage } from './language.ts';
import { log } from './log.ts';
import { matchPath, type Operation, type Parameters, pathOf } from './operation.ts';
import { codeOf, type Rendered, render, renderError, type Reply } from './reply.ts';

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
}

const REQUEST_ID = /^[\w.-]{1,100}$/;

/** The id a request brings, if it is one, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

async function answer(
  operation: Operation,
  request: FrameworkRequest,
  deps: EndpointDeps,
  handler: () => Handler,
): Promise<Rendered> {
  const parameters = matchPath(operation, pathOf(request.url));
  if (!parameters) {
    throw new ServiceError(
      'not_found',
      `There is nothing at this path: this function answers ${operation.path}.`,
    );
  }
  const methods = operation.method === 'GET' ? ['GET', 'HEAD'] : [operation.method];
  if (!methods.includes(request.method)) {
    throw new ServiceError('method_not_allowed', `Use ${operation.method} here.`, {
      headers: { Allow: methods.join(', ') },
    });
  }
  await requireAccess(operation.access, request.headers, deps.config, deps.verify);
  const body = operation.bodyTypes ? readBody(request, operation.bodyTypes) : null;
  const language = preferredLanguage(request.headers['accept-language']);
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const reply = await handler()({ parameters, body, language, header });
  return render(reply, request.headers['if-none-match']);
}

/** Sends what was rendered. */
export function send(response: ServerResponse, { status, headers, text }: Rendered, requestId: string): void {
  response.writeHead(status, {
    ...headers,
    'X-Request-Id': requestId,
    ...(text === null ? {} : { 'Content-Length': Buffer.byteLength(text) }),
  });
  response.end(text ?? undefined);
}

/**
 * The one wrapper around every function: path, method, access and body are checked here, and whatever is thrown becomes
 * the error shape of the public contract. One log line a request, without content or personal data.
 * @param deps opened at the first request, so that loading the module costs nothing
 * @param handler made at the first request
 */
export function endpoint(
  operation: Operation,
  deps: () => EndpointDeps,
  handler: () => Handler,
): HttpFunction {
  return async (request, response) => {
    const start = performance.now();
    const requestId = requestIdOf(request);
    let rendered: Rendered;
    let failure: unknown = null;
    try {
      rendered = await answer(operation, request, deps(), handler);
    } catch (error) {
      failure = error;
      rendered = renderError(error, requestId);
    }
    send(response, rendered, requestId);
    const code = failure === null ? null : codeOf(failure);
    const unforeseen = code === 'internal' && failure instanceof Error ? { stack: failure.stack } : {};
    log(rendered.status < 500 ? 'INFO' : 'ERROR', `${operation.name} ${rendered.status}`, {
      function: operation.name,
      status: rendered.status,
      ...(code === null ? {} : { code }),
      latency_ms: Math.round(1000 * (performance.now() - start)) / 1000,
      request_id: requestId,
      ...unforeseen,
    });
  };
}
