import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { InvalidRequestError, ServiceError } from '../errors.ts';
import { BODY_MS } from './body.ts';
import { log } from '../log.ts';
import { renderError } from './reply.ts';

/** Answers a request, whatever it is. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What is wrong with bytes that are no request, by Node's word for it. */
function errorOf(code: string | undefined): ServiceError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new ServiceError('request_timeout', 'The request did not arrive in time: send it faster.');
  const reason =
    code === 'HPE_HEADER_OVERFLOW' ? 'headers are larger than 16 KiB' : 'not HTTP/1.1 (RFC 9112)';
  return new InvalidRequestError(`The request cannot be read: ${reason}.`, [{ pointer: '', reason }]);
}

/** Node's words for a sender that has gone away. */
const GONE = ['ECONNRESET', 'HPE_INVALID_EOF_STATE'];

/** Node answers what its parser refuses without a body; this says the same in the one error shape. */
function refuse({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || GONE.includes(code ?? '')) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const { status, headers, text } = renderError(errorOf(code), requestId);
  const body = Buffer.from(text ?? '');
  const all = { ...headers, 'X-Request-Id': requestId, 'Content-Length': body.length, Connection: 'close' };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n`);
  socket.end(body, () => socket.destroy());
  log('INFO', `unreadable ${status}`, { status, request_id: requestId });
}

/** Makes a server answer every request by `listener` alone, and all that is no request in the same error shape. */
export function answerBy(server: Server, listener: Listener): Server {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    listener(request, response).catch((error: unknown) => {
      log('ERROR', 'a reply could not be sent', { stack: error instanceof Error ? error.stack : error });
      response.destroy();
    });
  };
  for (const event of ['request', 'checkExpectation']) server.removeAllListeners(event).on(event, answer);
  server.on('clientError', refuse);
  server.requestTimeout = BODY_MS;
  server.headersTimeout = BODY_MS;
  return server;
}

const CHANNEL = 'http.server.request.start';
const functions: Listener[] = [];

/** Published by Node before a server hands its first request on. */
function onFirstRequest(message: unknown): void {
  unsubscribe(CHANNEL, onFirstRequest);
  const [only, ...others] = functions;
  if (only && others.length === 0) answerBy((message as { server: Server }).server, only);
}

/**
 * Puts a function straight onto the server of the functions framework. Between the two the framework has Express, which
 * answers malformed paths and bodies itself, in HTML, writes paths to the log, and takes half of a request's time. The
 * framework starts one function a process; a process that holds several has a server of its own.
 */
export function takeOver(listener: Listener): void {
  if (functions.push(listener) === 1) subscribe(CHANNEL, onFirstRequest);
}
