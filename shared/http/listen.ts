import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { log, reasonOf } from '../log.ts';
import { BODY_MS, isAnnouncedTooLarge } from './body.ts';
import { Connections } from './connections.ts';

/** Answers a request, whatever it is. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Ends a server; fulfilled when all replies are out, or have taken too long. */
export type End = () => Promise<void>;

/** Makes a server answer every request by `listener` alone, and all that is no request in the same error shape. */
export function answerBy(server: Server, listener: Listener): End {
  const connections = new Connections(server);
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    connections.add(request, response);
    listener(request, response).catch((error: unknown) => {
      log('ERROR', 'a reply could not be sent', reasonOf(error));
      response.destroy();
    });
  };
  const answerAfterContinue = (request: IncomingMessage, response: ServerResponse): void => {
    if (!isAnnouncedTooLarge(request)) response.writeContinue();
    answer(request, response);
  };
  server.removeAllListeners('request').on('request', answer);
  server.on('checkExpectation', answer).on('checkContinue', answerAfterContinue);
  server.on('connect', (_, socket) => {
    // Node lets go of the socket, its errors included.
    socket.on('error', () => socket.destroy());
    connections.refuse({}, socket);
  });
  server.on('clientError', (error, socket) => connections.refuse(error, socket));
  // Options that officially are set when a server is made: who calls without Host is told so by us, and who has nothing
  // more to send still gets its reply.
  Object.assign(server, { requireHostHeader: false, httpAllowHalfOpen: true });
  server.requestTimeout = BODY_MS;
  server.headersTimeout = BODY_MS;
  return () => connections.end();
}

/** Ends the process by SIGTERM and SIGINT, in place of whatever listened to them; a second signal ends it at once. */
export function endBySignal(end: End): void {
  for (const signal of ['SIGTERM', 'SIGINT'])
    process.removeAllListeners(signal).once(signal, () => void end().then(() => process.exit(0)));
}

const CHANNEL = 'http.server.request.start';
const functions: Listener[] = [];

/** Published by Node before a server hands its first request on. */
function onFirstRequest(message: unknown): void {
  unsubscribe(CHANNEL, onFirstRequest);
  const [only, ...others] = functions;
  if (only && others.length === 0) endBySignal(answerBy((message as { server: Server }).server, only));
}

/**
 * Puts a function straight onto the server of the functions framework. Between the two the framework has Express, which
 * answers malformed paths and bodies itself, in HTML, writes paths to the log, and takes half of a request's time. The
 * framework starts one function a process; a process that holds several has a server of its own.
 */
export function takeOver(listener: Listener): void {
  if (functions.push(listener) === 1) subscribe(CHANNEL, onFirstRequest);
}
