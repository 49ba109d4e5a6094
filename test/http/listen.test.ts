import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { BODY_LIMIT, BODY_MS, discardBody, readBody } from '../../shared/http/body.ts';
import { type Api, startApi } from '../setup/api.ts';
import { open, parseRaw, sendRaw } from '../setup/raw.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
afterEach(() => void vi.useRealTimers());
afterAll(() => void api.server.close());

const POST = 'POST /classify HTTP/1.1\r\nhost: x\r\ncontent-type: text/markdown\r\n';
const NOWHERE = 'POST /nothing HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
const CHUNKED = `${POST}transfer-encoding: chunked\r\n\r\n`;
const CHUNK = `${(65_536).toString(16)}\r\n${'a'.repeat(65_536)}\r\n`;

/** Only the timers of the code under test stand still. */
const stopClock = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

/** A request with headers that has arrived and a body that has not. */
function arriving(headers: Record<string, string> = { 'content-type': 'text/markdown' }): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { headers });
}

describe('a body', () => {
  test('that is not there in time is answered 408, in the one error shape, and the connection ends', async () => {
    stopClock();
    const { socket, reply } = open(api.url);
    const asked = once(api.server, 'request');
    socket.write(`${POST}content-length: 100\r\n\r\nhalf of it`);
    await asked;
    vi.advanceTimersByTime(BODY_MS);
    await once(socket, 'data');
    socket.end('x'.repeat(90));
    const { status, body, head } = parseRaw(await reply);
    expect(status).toBe(408);
    expect(body).toMatchObject({ success: false, code: 'request_timeout' });
    expect(head).toMatch(/^connection: close/im);
  });

  test('may take all the time but the last millisecond', async () => {
    stopClock();
    const request = arriving();
    const body = readBody(request, ['text/markdown']);
    request.push('a ');
    vi.advanceTimersByTime(BODY_MS - 1);
    request.push('text');
    request.push(null);
    expect(await body).toEqual({ type: 'text/markdown', text: 'a text' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('in chunks is refused at the first byte too many, while its sender goes on', async () => {
    const { socket, reply } = open(api.url);
    socket.write(CHUNKED);
    let sent = 0;
    const push = (): void => {
      do sent += CHUNK.length;
      while (socket.write(CHUNK));
    };
    socket.on('drain', push);
    push();
    await once(socket, 'data');
    socket.off('drain', push);
    expect(sent).toBeGreaterThan(BODY_LIMIT);
    socket.end('0\r\n\r\n');
    const { status, body } = parseRaw(await reply);
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: 'content_too_large', limit: BODY_LIMIT });
  });

  test('that never ends is cut off', async () => {
    const { socket, reply } = open(api.url);
    socket.write(CHUNKED);
    const push = (): void => {
      while (socket.writable && socket.write(CHUNK));
    };
    socket.on('drain', push);
    push();
    expect(await reply).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('that nobody wants is read on for a while and no longer', async () => {
    stopClock();
    const large = arriving();
    const both = discardBody(large, { bytes: 10, ms: 1000 });
    large.push('more than ten bytes');
    await both;
    expect(large.destroyed).toBe(true);
    const slow = arriving();
    const discarded = discardBody(slow, { bytes: 10, ms: 1000 });
    vi.advanceTimersByTime(999);
    expect(slow.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    await discarded;
    expect(slow.destroyed).toBe(true);
  });

  test('announced as too large is refused so that its sender sees it', async () => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'text/markdown' },
      body: 'a'.repeat(5_000_000),
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${api.url}/classify`, init)));
    for (const answer of answers) expect(answer.status).toBe(413);
  });

  test.each(['/nothing', '/clusters', '/user/1/profile'])(
    'sent to %s, where none is wanted, does not hold up the answer or the connection',
    async (path) => {
      const { socket, reply } = open(api.url);
      socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n`);
      await once(socket, 'data');
      socket.write('0123456789GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      expect((await reply).match(/HTTP\/1\.1 \d{3}/g)).toEqual([
        path === '/nothing' ? 'HTTP/1.1 404' : 'HTTP/1.1 405',
        'HTTP/1.1 200',
      ]);
    },
  );
});

test.each([
  ['HEAD', 405],
  ['OPTIONS', 405],
])('a reply to %s does not wait for a body that is on its way', async (method, status) => {
  const { socket, reply } = open(api.url);
  socket.write(`${method} /classify HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab`);
  await once(socket, 'data');
  socket.end('cde');
  expect(await reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

describe('what is no request', () => {
  test.each([
    ['bytes that are no HTTP', '\u0000\u0001 garbage\r\n\r\n', 'not HTTP/1.1'],
    ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, '16 KiB'],
    ['two lengths', `${POST}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, 'not HTTP/1.1'],
    ['a length that is none', `${POST}content-length: -1\r\n\r\n`, 'not HTTP/1.1'],
  ])('%s is answered in the one error shape', async (_, bytes, reason) => {
    const reply = await sendRaw(api.url, bytes);
    const { status, body, head } = parseRaw(reply);
    expect(status).toBe(400);
    expect(body).toMatchObject({ success: false, code: 'invalid_request' });
    expect(body['error']).toContain(reason);
    expect(head).toMatch(/^x-request-id: /im);
  });

  test.each([
    ['no Host header', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['no Host header, which HTTP/1.0 allows', 'GET / HTTP/1.0\r\n\r\n', 200],
    ['a wish for a tunnel', 'CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n', 400],
  ])('%s', async (_, bytes, status) => {
    const reply = parseRaw(await sendRaw(api.url, bytes));
    expect({ status: reply.status, success: reply.body['success'] }).toEqual({
      status,
      success: status === 200,
    });
  });

  test.each([
    ['after a request', 'GET /clusters HTTP/1.1\r\nhost: x\r\n\r\nGARBAGE\r\n\r\n', [503]],
    ['after two', `${'GET /clusters HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2)}GARBAGE\r\n\r\n`, [503, 503]],
    ['after the last', `${POST}connection: close\r\ncontent-length: 5\r\n\r\nmathsGET / HTTP/1.1`, [200]],
    ['in its own body', `${NOWHERE}zz\r\n`, [400]],
  ])('takes nothing from what came before: %s', async (_, bytes, statuses) => {
    const reply = await sendRaw(api.url, bytes);
    expect([...reply.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))).toEqual(statuses);
  });

  test('in a body whose reply is out already gets no second one', async () => {
    const { socket, reply } = open(api.url);
    socket.write(NOWHERE);
    await once(socket, 'data');
    socket.write('zz\r\n');
    expect((await reply).match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 404']);
  });

  test('that comes too late gets no second answer, when its own is out', async () => {
    stopClock();
    const connected = once(api.server, 'connection') as Promise<[Socket]>;
    const { socket, reply } = open(api.url);
    const asked = once(api.server, 'request');
    socket.write(`${POST}content-length: 100\r\n\r\n`);
    await asked;
    vi.advanceTimersByTime(BODY_MS);
    await once(socket, 'data');
    api.server.emit(
      'clientError',
      Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }),
      (await connected)[0],
    );
    expect((await reply).match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test('a chunk that is none is answered, though its function waits for the body', async () => {
    const { status, body } = parseRaw(await sendRaw(api.url, `${CHUNKED}zz\r\n`));
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request' });
  });

  test('an expectation nobody knows is no reason to refuse', async () => {
    const reply = await sendRaw(
      api.url,
      'GET / HTTP/1.1\r\nhost: x\r\nexpect: tea\r\nconnection: close\r\n\r\n',
    );
    expect(parseRaw(reply)).toMatchObject({ status: 200, body: { success: true } });
  });

  test('headers that do not arrive are waited for no longer than a body', () => {
    expect([api.server.headersTimeout, api.server.requestTimeout]).toEqual([BODY_MS, BODY_MS]);
  });
});

describe('a server that ends', () => {
  test('sends the replies on their way, each the last on its connection', async () => {
    const { url, server, end } = await startApi();
    const { socket, reply } = open(url);
    const asked = once(server, 'request');
    socket.write(`${POST}content-length: 5\r\n\r\n`);
    await asked;
    const ended = end();
    socket.write('maths');
    const { status, head } = parseRaw(await reply);
    expect(status).toBe(200);
    expect(head).toMatch(/^connection: close/im);
    await ended;
  });

  test('waits eight seconds at most', async () => {
    const { url, server, end } = await startApi();
    const connected = once(server, 'connection');
    const { reply } = open(url);
    await connected;
    stopClock();
    const ended = end();
    vi.advanceTimersByTime(8000);
    await ended;
    expect(await reply).toBe('');
  });
});
