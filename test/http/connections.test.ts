import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBody } from '../../shared/http/body.ts';
import { Connections } from '../../shared/http/connections.ts';
import { answerBy, type End } from '../../shared/http/listen.ts';
import { open, sendRaw } from '../setup/raw.ts';

let server: Server;
let end: End;
let url: string;
/** Lets the replies go that wait for it; new ones wait again. */
let release: () => void;
let held: Promise<void>;
const hold = () => (held = new Promise((resolve) => (release = resolve)));

/** A server whose replies to GET wait until they are released; each names its path. */
beforeEach(async () => {
  void hold();
  server = createServer();
  end = answerBy(server, async (request: IncomingMessage, response) => {
    if (request.method === 'GET') await held;
    else await readBody(request, ['text/markdown']).catch(() => null);
    response.end(`reply to ${request.url}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => void server.close());

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const CHUNKED = 'POST /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';

/** Statuses and bodies of the replies on a connection, in their order. */
const repliesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})|(reply to \S+?)(?=HTTP|$)|"code":"(\w+)"/g)].map(
    ([, status, body, code]) => status ?? body ?? code,
  );

/** What comes back on one connection for bytes sent at once, when all of them have been read before any reply. */
async function answersTo(
  bytes: string,
  requests: number,
  then?: (socket: Socket) => void,
): Promise<unknown[]> {
  let seen = 0;
  const read = new Promise<void>((resolve) => server.on('request', () => ++seen === requests && resolve()));
  const { socket, reply } = open(url);
  socket.write(bytes);
  await read;
  then?.(socket);
  await new Promise(setImmediate);
  release();
  return repliesIn(await reply);
}

describe('replies on their way', () => {
  test('all go out before a connection ends because of what came after them', async () => {
    expect(await answersTo(`${get('/a')}${get('/b')}GARBAGE\r\n\r\n`, 2)).toEqual([
      '200',
      'reply to /a',
      '200',
      'reply to /b',
    ]);
  });

  test('go out before the error of a body that is broken behind them', async () => {
    expect(await answersTo(`${get('/a')}${CHUNKED}5\r\nhello\r\nzz\r\n`, 2)).toEqual([
      '200',
      'reply to /a',
      '400',
      'invalid_request',
    ]);
  });

  test('all go out when the server ends', async () => {
    const closed = once(server, 'close');
    const answers = await answersTo(get('/a') + get('/b') + get('/c'), 3, () => void end());
    expect(answers).toEqual(['200', 'reply to /a', '200', 'reply to /b', '200', 'reply to /c']);
    await closed;
  });

  test.each([
    ['whole', get('/a'), ['200', 'reply to /a']],
    ['with half a request behind it', `${get('/a')}GET /b HT`, ['200', 'reply to /a']],
  ])('go out to a client that has nothing more to send: a request %s', async (_, bytes, expected) => {
    const answers = await answersTo(bytes, 1, (socket) => socket.end());
    expect(answers.slice(0, 2)).toEqual(expected);
  });

  test('of a client that went away are forgotten', async () => {
    const connections = new Connections(server);
    server.on('request', (request, response) => connections.add(request, response));
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const second = new Promise<void>((resolve) =>
      server.on('request', ({ url: path }) => path === '/b' && resolve()),
    );
    const { socket } = open(url);
    socket.write(get('/a') + get('/b'));
    const [served] = await connected;
    await second;
    const count = () => (Reflect.get(connections, 'open') as Map<unknown, unknown>).size;
    expect(count()).toBe(1);
    const closed = new Promise((resolve) => served.on('close', resolve));
    socket.destroy();
    release();
    await closed;
    expect(count()).toBe(0);
  });
});

test('a client that asks for a tunnel and resets the connection ends nothing but that', async () => {
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const asked = once(server, 'connect');
  const { socket } = open(url);
  socket.write('CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n');
  const [served] = await connected;
  await asked;
  const closed = new Promise((resolve) => served.on('close', resolve));
  served.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  await closed;
  release();
  expect(await sendRaw(url, get('/').replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))).toMatch(/200 OK/);
});
