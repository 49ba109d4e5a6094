import { connect, type Socket } from 'node:net';

/** A connection to a server, and all that comes back on it until it is closed. */
export function open(url: string): { socket: Socket; reply: Promise<string> } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const reply = new Promise<string>((resolve) =>
    socket.on('error', () => undefined).on('close', () => resolve(text)),
  );
  return { socket, reply };
}

/** Sends bytes as they are; what comes back until the server closes. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const { socket, reply } = open(url);
  socket.write(bytes);
  return reply;
}

/** Status and JSON body of a raw reply. */
export function parseRaw(reply: string): { status: number; head: string; body: Record<string, unknown> } {
  const [head = '', text = ''] = reply.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]),
    head,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}
