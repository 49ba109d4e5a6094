import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_CATALOGUE, InvalidRequestError, ServiceError } from '../errors.ts';
import { log } from '../log.ts';
import { renderError } from './reply.ts';

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
function writeError(error: ServiceError, socket: Duplex, requestId: string): void {
  const { status, headers, text } = renderError(error, requestId);
  const body = Buffer.from(text ?? '');
  const all = { ...headers, 'X-Request-Id': requestId, 'Content-Length': body.length, Connection: 'close' };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n`);
  socket.end(body, () => socket.destroy());
}

/** One connection: the replies it waits for, in their order, and why it ends with the last of them. */
interface Connection {
  readonly replies: Set<ServerResponse>;
  /** What came after the requests that are answered, or inside the last of them, is no request. */
  broken: ServiceError | null;
}

/** The connections of a server, and the replies that each still waits for. */
export class Connections {
  private readonly open = new Map<Duplex, Connection>();
  private isEnding = false;

  constructor(private readonly server: Server) {}

  private of(socket: Duplex): Connection {
    const known = this.open.get(socket);
    if (known) return known;
    const connection = { replies: new Set<ServerResponse>(), broken: null };
    this.open.set(socket, connection);
    socket.once('close', () => this.open.delete(socket));
    return connection;
  }

  /** Counts a request until its reply is out, or cannot go out any more. */
  add({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.of(socket);
    connection.replies.add(response);
    response.once('close', () => {
      connection.replies.delete(response);
      this.settle(socket, connection);
    });
  }

  /** Ends a connection that is to end, when what it waits for has gone out. */
  private settle(socket: Duplex, { replies, broken }: Connection): void {
    if (!broken && !this.isEnding) return;
    const [first] = replies;
    if (!first) socket.end(() => socket.destroy());
    else if (broken && replies.size === 1 && !first.req.complete) {
      // The last request itself is broken: it gets one answer, its function's or this.
      if (first.headersSent) socket.destroy();
      else writeError(broken, socket, randomUUID());
    }
  }

  /**
   * Answers bytes that are no request in the one error shape, where Node would without a body. Replies to requests
   * before them go first, and nobody gets a second reply to a request whose own is out.
   */
  refuse({ code }: Partial<NodeJS.ErrnoException>, socket: Duplex): void {
    if (!socket.writable || code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const connection = this.of(socket);
    const error = errorOf(code);
    if (connection.replies.size > 0) {
      connection.broken = error;
      this.settle(socket, connection);
      return;
    }
    const requestId = randomUUID();
    writeError(error, socket, requestId);
    const { status } = ERROR_CATALOGUE[error.code];
    log('INFO', `unreadable ${status}`, { status, code: error.code, request_id: requestId });
  }

  /** Ends the server, once the replies on their way are out, or have taken too long. */
  end(): Promise<void> {
    this.isEnding = true;
    for (const { replies } of this.open.values()) {
      const [only, ...others] = replies;
      if (only && others.length === 0 && !only.headersSent) only.setHeader('Connection', 'close');
    }
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
