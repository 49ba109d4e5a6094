import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { RateLimiter } from '../../shared/http/rate-limit.ts';
import { traceFields } from '../../shared/http/trace.ts';
import { type Api, startApi } from '../setup/api.ts';

const KEY = 'a key of high entropy';
const PAGE = 'https://www.etreprof.fr';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

let api: Api;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  api = await startApi({
    CLIENT_KEY_SHA256: createHash('sha256').update(KEY).digest('hex'),
    CORS_ORIGINS: PAGE,
    RATE_LIMIT_PER_MINUTE: '5',
    GOOGLE_CLOUD_PROJECT: 'p1',
  });
  const write = process.stdout.write.bind(process.stdout);
  vi.spyOn(process.stdout, 'write').mockImplementation(((text: string, ...rest: never[]) => {
    if (!text.startsWith('{"severity"')) return write(text, ...rest);
    for (const line of text.trimEnd().split('\n')) lines.push(JSON.parse(line) as Record<string, unknown>);
    return true;
  }) as typeof process.stdout.write);
});
beforeEach(() => void lines.splice(0));
afterAll(() => {
  vi.restoreAllMocks();
  api.server.close();
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(api.url + path, { method, headers });
const profile = (key?: string, id = '1') =>
  get(`/user/${id}/profile`, key === undefined ? {} : { 'x-api-key': key });

describe('credentials', () => {
  test('are asked for before anything is looked up: who has none learns nothing of ids', async () => {
    for (const id of ['1', '999', 'abc', '-1']) {
      const answer = await profile(undefined, id);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expect((await profile('wrong')).status).toBe(401);
    expect((await profile(KEY)).status).toBe(503);
    expect((await profile(KEY, 'abc')).status).toBe(400);
  });

  test('a key never starts a recompute', async () => {
    expect((await get('/clusters/recompute', { 'x-api-key': KEY }, 'POST')).status).toBe(403);
    expect((await get('/clusters/recompute', {}, 'POST')).status).toBe(401);
  });

  test('never stand in the log, nor does any path, content or id', async () => {
    await profile(KEY, '424242');
    await profile('another secret key');
    await get('/classify?email=jeanne@example.org', {}, 'POST');
    await fetch(`${api.url}/classify`, {
      method: 'POST',
      headers: { 'content-type': 'text/markdown' },
      body: 'Le secret de Jeanne',
    });
    expect(lines).toHaveLength(4);
    expect(JSON.stringify(lines)).not.toMatch(/424242|secret|jeanne|high entropy/i);
  });
});

describe('a rate limit', () => {
  test('stops one caller with 429 and says how long to wait', async () => {
    const statuses = [];
    let last = await profile(KEY);
    for (let i = 0; i < 6; i++) statuses.push((last = await profile(KEY)).status);
    expect(statuses.at(-1)).toBe(429);
    expect(await last.json()).toMatchObject({ success: false, code: 'rate_limited' });
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await get('/')).status).toBe(200);
  });

  test('lets no more through than its burst and what time has added, and never less', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 200 }),
        (perMinute, pauses) => {
          let at = 0;
          const limiter = new RateLimiter(perMinute, () => at);
          let passed = 0;
          for (const pause of pauses) {
            at += pause;
            const allowance = perMinute + (at * perMinute) / 60_000;
            try {
              limiter.require('caller');
              passed++;
              expect(passed).toBeLessThanOrEqual(allowance + 1e-6);
            } catch (error) {
              expect(error).toMatchObject({ code: 'rate_limited' });
              expect(passed + 1).toBeGreaterThan(perMinute - 1e-6);
            }
          }
        },
      ),
      { seed: 7 },
    );
  });
});

describe('pages of other origins', () => {
  const preflight = (origin: string) =>
    get('/classify', { origin, 'access-control-request-method': 'POST' }, 'OPTIONS');

  test('may call when they are on the list', async () => {
    const asked = await preflight(PAGE);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(asked.headers.get('access-control-allow-headers')).toContain('Content-Type');
    const answer = await get('/', { origin: PAGE });
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('vary')).toBe('Origin');
    const refused = await get('/recommend/9', { origin: PAGE });
    expect(refused.headers.get('access-control-allow-origin')).toBe(PAGE);
  });

  test.each(['https://evil.example', 'https://www.etreprof.fr.evil.example', 'null'])(
    'not from %s',
    async (origin) => {
      const asked = await preflight(origin);
      expect(asked.status).toBe(405);
      expect(asked.headers.get('access-control-allow-origin')).toBeNull();
      const answer = await get('/', { origin });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('vary')).toBe('Origin');
    },
  );
});

describe('every reply', () => {
  test.each(['/', '/nothing', '/user/1/profile', '/recommend/9'])(
    '%s carries the security headers',
    async (path) => {
      const { headers } = await get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{7,}/);
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );
});

describe('the log', () => {
  test('has one line of JSON a request, with severity, latency, request id and trace', async () => {
    await get('/', { 'x-request-id': 'r1', traceparent: `00-${TRACE}-b7ad6b7169203331-01` });
    await get('/clusters', { 'x-cloud-trace-context': `${TRACE}/12;o=1`, 'function-execution-id': 'e1' });
    expect(lines).toEqual([
      {
        severity: 'INFO',
        message: 'health 200',
        function: 'health',
        status: 200,
        latency_ms: expect.any(Number),
        request_id: 'r1',
        'logging.googleapis.com/trace': `projects/p1/traces/${TRACE}`,
        'logging.googleapis.com/spanId': 'b7ad6b7169203331',
      },
      expect.objectContaining({
        severity: 'WARNING',
        code: 'model_not_ready',
        'logging.googleapis.com/trace': `projects/p1/traces/${TRACE}`,
        'logging.googleapis.com/spanId': '000000000000000c',
        'logging.googleapis.com/labels': { execution_id: 'e1' },
      }),
    ]);
  });

  test.each([
    {},
    { traceparent: 'x' },
    { traceparent: '00-short-b7ad6b7169203331-01' },
    { 'x-cloud-trace-context': '"' },
    { 'function-execution-id': 'a b' },
  ])('takes nothing from %j', (headers) => {
    expect(traceFields(headers, 'p1')).toEqual({});
  });
});
