import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { InvalidRequestError, ServiceError } from '../errors.ts';
import { log } from '../log.ts';
import { renderError } from './reply.ts';

/** Node's words for a sender that has gone away. */
const GONE = ['ECONNRESET', 'HPE_INVALID_EOF_STATE'];

/** How long replies on their way may take when the server ends: Cloud Run and Docker kill after ten seconds. */
const ENDING_MS = 8000;

/** What is wrong with bytes that are no request, by Node's word for it. */
function errorOf(code: string | undefined): ServiceError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new ServiceError('request_timeout', 'The request did not arrive in time: send it faster.');
  const reason =
    code === 'HPE_HEADER_OVERFLOW' ? 'headers are larger than 16 KiB' : 'not HTTP/1.1 (RFC 9112)';
  return new InvalidRequestError(`The request cannot be read: ${reason}.`, [{ pointer: '', reason }]);
}

/** Writes an error past Node, which has no reply for what is no request, and ends the connection. */
function writeError(error: ServiceError, socket: Duplex): void {
  const requestId = randomUUID();
  const { status, headers, text } = renderError(error, requestId);
  const body = Buffer.from(text ?? '');
  const all = { ...headers, 'X-Request-Id': requestId, 'Content-Length': body.length, Connection: 'close' };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n`);
  socket.end(body, () => socket.destroy());
  log('INFO', `unreadable ${status}`, { status, code: error.code, request_id: requestId });
}

/** The connections of a server, and the replies that each still waits for. */
export class Connections {
  private readonly awaited = new Map<Duplex, Set<ServerResponse>>();
  /** Connections that end with the last reply awaited, because what came after is no request. */
  private readonly last = new WeakSet<Duplex>();
  private isEnding = false;

  constructor(private readonly server: Server) {}

  /** Counts a request until its reply is out, or cannot go out any more. */
  add({ socket }: IncomingMessage, response: ServerResponse): void {
    const replies = this.awaited.get(socket) ?? new Set();
    this.awaited.set(socket, replies.add(response));
    if (this.isEnding) response.setHeader('Connection', 'close');
    response.once('close', () => {
      replies.delete(response);
      if (replies.size > 0) return;
      this.awaited.delete(socket);
      if (this.last.has(socket)) socket.end(() => socket.destroy());
    });
  }

  /**
   * Answers bytes that are no request in the one error shape, where Node would without a body. Replies to requests
   * before them go first, and nobody gets a second reply to a request whose own is out.
   */
  refuse({ code }: Partial<NodeJS.ErrnoException>, socket: Duplex): void {
    const replies = [...(this.awaited.get(socket) ?? [])];
    const own = replies.find(({ req }) => !req.complete);
    if (!socket.writable || GONE.includes(code ?? '') || (replies.length === 1 && own?.headersSent))
      socket.destroy();
    else if (replies.length === 0 || (replies.length === 1 && own)) writeError(errorOf(code), socket);
    else this.last.add(socket);
  }

  /** Ends the server, once the replies on their way are out, or have taken too long. */
  end(): Promise<void> {
    this.isEnding = true;
    for (const replies of this.awaited.values())
      for (const response of replies) if (!response.headersSent) response.setHeader('Connection', 'close');
    const timer = setTimeout(() => this.server.closeAllConnections(), ENDING_MS);
    return new Promise((resolve) => {
      this.server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      this.server.closeIdleConnections();
    });
  }
}
