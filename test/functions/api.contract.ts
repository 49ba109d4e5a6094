import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOCUMENTED } from '../../scripts/openapi.ts';
import { type Api, sampleExport } from '../setup/api.ts';

let api: Api;
let source: string;

type Json = Record<string, unknown>;

/** What stands at a path of keys inside a JSON value. */
const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce((inside, key) => (inside as Record<string | number, unknown>)[key], value);

interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

async function call(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(api.url + path, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Json),
  };
}

const post = (
  path: string,
  body: string | Uint8Array | null,
  type = 'application/json',
  headers: Record<string, string> = {},
) => call(path, { method: 'POST', body, headers: { 'content-type': type, ...headers } });

const classify = (content: unknown, more: object = {}, headers: Record<string, string> = {}) =>
  post('/classify', JSON.stringify({ content, ...more }), 'application/json', headers);

const ajv = new Ajv2020({ allErrors: true, strict: false });

/** Fails unless the reply has the form that the API document promises for the function. */
function expectDocumented(name: string, body: Json): void {
  const schema = DOCUMENTED.find(({ operation }) => operation.name === name)?.reply;
  const validate = ajv.compile(schema as object);
  expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
}

function expectError({ status, headers, body }: Answer, expected: { status: number; code: string }): void {
  expect({ status, code: body['code'], success: body['success'] }).toEqual({ ...expected, success: false });
  expect(body['error']).toMatch(/^[A-ZÀ-Ý].*[.]$/s);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('x-request-id')).toBeTruthy();
}

/**
 * The public contract, as every way of running the service must keep it.
 * @param start starts the service on empty stores, with the exports in a folder
 */
export function apiContract(
  name: string,
  start: (environment: Readonly<Record<string, string>>) => Promise<Api>,
): void {
  beforeAll(async () => {
    source = await sampleExport(1500);
    api = await start({ SOURCE_URI: source });
  });

  afterAll(() => void api.server.close());

  describe(`the API on ${name}`, () => {
    describe('before the first training', () => {
      test('GET / says that there is no model', async () => {
        const { status, body } = await call('/');
        expect(status).toBe(200);
        expect(body).toMatchObject({ success: true, status: 'running', model: null });
        expectDocumented('health', body);
      });

      test.each(['/clusters', '/recommend/2', '/user/1234/profile'])('GET %s asks to wait', async (path) => {
        const answer = await call(path);
        expectError(answer, { status: 503, code: 'model_not_ready' });
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      });

      test('what is wrong with a request is said all the same', async () => {
        expectError(await call('/user/abc/profile'), { status: 400, code: 'invalid_request' });
      });
    });

    describe('POST /clusters/recompute', () => {
      test('of two at once one is done and the other told so', async () => {
        const answers = await Promise.all([
          post('/clusters/recompute', null),
          post('/clusters/recompute', '{}'),
        ]);
        const [done, refused] = answers.toSorted((a, b) => a.status - b.status) as [Answer, Answer];
        expect(done.status).toBe(200);
        expectDocumented('recompute', done.body);
        expect(done.body).toMatchObject({
          message: 'Clusters recomputed successfully',
          total_users_processed: 1500,
          users_written: 1500,
        });
        expect(
          Object.values(done.body['cluster_distribution'] as Record<string, number>).reduce((a, b) => a + b),
        ).toBe(1500);
        expectError(refused, { status: 409, code: 'recompute_in_progress' });
        expect(refused.body['run_id']).toBe(done.body['run_id']);
        expect(Date.parse(String(refused.body['started_at']))).not.toBeNaN();
      });

      test('the same schedule time again gives the finished run’s reply', async () => {
        const headers = { 'X-CloudScheduler-ScheduleTime': '2025-07-01T03:30:00+02:00' };
        const first = await post('/clusters/recompute', null, 'application/octet-stream', headers);
        const second = await post('/clusters/recompute', null, 'application/octet-stream', headers);
        expect(first.status).toBe(200);
        expect(second.body).toEqual(first.body);
      });

      test.each([
        ['unknown fields', '{"sauce":1}', 400],
        ['a wrong type', '{"force":"yes"}', 400],
        ['no time at all', '{"as_of":"yesterday"}', 400],
        ['a day that does not exist', '{"as_of":"2025-02-30"}', 400],
        ['what is not JSON', '{', 400],
      ])('refuses %s', async (_, body, status) => {
        const answer = await post('/clusters/recompute', body);
        expectError(answer, { status, code: 'invalid_request' });
        expect(at(answer.body, 'details', 0)).toHaveProperty('pointer');
      });

      test('data that fails its checks publishes nothing and the old model keeps serving', async () => {
        const before = await call('/clusters');
        const users = join(source, 'users.csv');
        await rename(users, `${users}.away`);
        const answer = await post('/clusters/recompute', null);
        await rename(`${users}.away`, users);
        expectError(answer, { status: 422, code: 'model_rejected' });
        expect(answer.body['checks']).toEqual([
          expect.objectContaining({ name: 'users file', result: 'FAIL' }),
        ]);
        expect(answer.body['error']).toContain('users.csv');
        expect((await call('/clusters')).body).toEqual(before.body);
      });
    });

    describe('GET /', () => {
      test('names the model', async () => {
        const { body } = await call('/');
        expectDocumented('health', body);
        expect(body['model']).toMatchObject({ version: expect.any(String), trained_at: expect.any(String) });
        expect(body['message']).toBe('Welcome to the ÊtrePROF ML API');
      });

      test('is degraded, not an error, when the store is down', async () => {
        const mend = await api.breakArtifacts();
        const { status, body } = await call('/');
        const stale = await call('/clusters');
        await mend();
        expect(status).toBe(200);
        expect(body).toMatchObject({ status: 'degraded', missing: ['artifacts'] });
        expectDocumented('health', body);
        expect(stale.status).toBe(200);
        expect(stale.body['status']).toBe('degraded');
        expect(stale.headers.get('warning')).toMatch(/^110 /);
        expect((await call('/')).body['status']).toBe('running');
      });
    });

    describe('GET /clusters', () => {
      test('gives the four clusters in their fixed meaning', async () => {
        const { status, body, headers } = await call('/clusters');
        expect(status).toBe(200);
        expectDocumented('clusters', body);
        const clusters = body['clusters'] as Record<string, Json>;
        expect(Object.keys(clusters)).toEqual(['0', '1', '2', '3']);
        expect(Object.values(clusters).map((cluster) => cluster['name'])).toEqual([
          'Balanced Users',
          'Email Specialists',
          'Super Users',
          'Inactive Users',
        ]);
        expect(headers.get('cache-control')).toMatch(/^public/);
      });

      test('answers If-None-Match with 304', async () => {
        const { headers } = await call('/clusters');
        const etag = headers.get('etag') as string;
        for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
          const again = await call('/clusters', { headers: { 'If-None-Match': tag } });
          expect(again.status).toBe(304);
          expect(again.headers.get('etag')).toBe(etag);
        }
        expect((await call('/clusters', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
      });
    });

    describe('GET /recommend/{cluster_id}', () => {
      test('gives the strategy of the cluster', async () => {
        const { status, body } = await call('/recommend/2');
        expect(status).toBe(200);
        expectDocumented('recommend', body);
        expect(body).toMatchObject({
          cluster_id: 2,
          recommendations: {
            cluster_name: 'Super Users',
            strategy: 'Advanced content and latest innovations',
            recommended_content_types: ['expert_training', 'advanced_guides', 'cutting_edge_tools'],
            engagement_approach: 'satisfy_high_expertise_needs',
            description: 'Highly engaged users consuming diverse content types intensively',
          },
        });
      });

      test.each(['4', '-1', '99999999999999999999'])('%s is an unknown cluster', async (id) => {
        const answer = await call(`/recommend/${id}`);
        expectError(answer, { status: 404, code: 'unknown_cluster' });
        expect(answer.body['available_clusters']).toEqual([0, 1, 2, 3]);
      });

      test.each(['two', '1.5', '02', '+1', '%20', '1e0'])('%s is no cluster id', async (id) => {
        const answer = await call(`/recommend/${id}`);
        expectError(answer, { status: 400, code: 'invalid_request' });
        expect(answer.body['available_clusters']).toEqual([0, 1, 2, 3]);
      });
    });

    describe('GET /user/{user_id}/profile', () => {
      test('gives profile, cluster and recommendations as the artifacts have them', async () => {
        const { status, body, headers } = await call('/user/1234/profile');
        expect(status).toBe(200);
        expectDocumented('user-profile', body);
        expect(headers.get('cache-control')).toBe('private, no-store');
        const { data } = body as { data: Json };
        const csv = await api.artifact(String(data['model_version']), 'assignments.csv');
        const { anciennete, degre, academie, niveaux_enseignes: niveaux } = data['profile'] as Json;
        const cells = [
          1234,
          at(data, 'cluster', 'id'),
          anciennete ?? '',
          degre ?? '',
          academie ?? '',
          (niveaux as string[]).join('|'),
        ];
        expect(csv.split('\n')[0]).toBe('user_id,cluster,anciennete,degre,academie,niveaux_enseignes');
        expect(csv.split('\n')).toContain(cells.join(','));
        expect(at(data, 'recommendations', 'cluster_name')).toBe(at(data, 'cluster', 'name'));
      });

      test.each(['0', '-5', '1.5', 'abc', '9007199254740992', '01', '1%2F2'])(
        '%s is no user id',
        async (id) => {
          expectError(await call(`/user/${id}/profile`), { status: 400, code: 'invalid_request' });
        },
      );

      test('an unknown user is not found', async () => {
        expectError(await call('/user/9007199254740991/profile'), { status: 404, code: 'user_not_found' });
      });
    });

    describe('POST /classify', () => {
      const EXAMPLE = '# Teaching mathematics\n\nStrategies for differentiated learning...';

      test('files the example of the contract', async () => {
        const { status, body } = await classify(EXAMPLE);
        expect(status).toBe(200);
        expectDocumented('classify', body);
        expect(body['data']).toMatchObject({
          theme: 'Mathematics Education',
          theme_id: 'mathematics_education',
          defi: 'student_success',
        });
        for (const { term, start, end } of at(body, 'data', 'evidence') as {
          term: string;
          start: number;
          end: number;
        }[]) {
          expect(EXAMPLE.slice(start, end)).toBe(term);
        }
      });

      test('takes raw markdown', async () => {
        const { body } = await post('/classify', EXAMPLE, 'text/markdown; charset=utf-8');
        expect(body['data']).toMatchObject({ theme_id: 'mathematics_education' });
      });

      test.each([
        [{}, {}, 'Mathematics Education'],
        [{ lang: 'fr' }, {}, 'Enseignement des mathématiques'],
        [{}, { 'accept-language': 'fr-FR,fr;q=0.9,en;q=0.8' }, 'Enseignement des mathématiques'],
        [{ lang: 'en' }, { 'accept-language': 'fr' }, 'Mathematics Education'],
        [{}, { 'accept-language': 'de' }, 'Mathematics Education'],
      ])('labels in the language asked for: %j %j', async (more, headers, theme) => {
        expect((await classify(EXAMPLE, more, headers)).body['data']).toMatchObject({ theme });
      });

      test('takes several texts, and answers or refuses each by itself', async () => {
        const contents = [
          EXAMPLE,
          { id: 7, content: ' ' },
          { id: 'b', content: 'a'.repeat(200_001) },
          'xyz',
          { id: 8, text: 'maths' },
          null,
        ];
        const { status, body } = await post('/classify', JSON.stringify({ contents, lang: 'fr' }));
        expect(status).toBe(200);
        expectDocumented('classify', body);
        expect(body['results']).toEqual([
          { success: true, data: expect.objectContaining({ theme: 'Enseignement des mathématiques' }) },
          expect.objectContaining({ success: false, id: 7, code: 'invalid_request' }),
          expect.objectContaining({ success: false, id: 'b', code: 'content_too_large', limit: 200_000 }),
          { success: true, data: expect.objectContaining({ theme: null, defi: 'none' }) },
          expect.objectContaining({ success: false, id: 8, code: 'invalid_request' }),
          expect.objectContaining({
            success: false,
            code: 'invalid_request',
            details: [{ pointer: '', reason: 'must be string or must be object' }],
          }),
        ]);
      });

      test('says none to a text that nothing matches', async () => {
        const { body } = await classify('Zwei Brote, drei Eier und ein halbes Pfund Butter.');
        expect(body['data']).toEqual({
          theme: null,
          theme_id: null,
          defi: 'none',
          confidence: 0,
          themes: [],
          defis: [],
          evidence: [],
        });
      });

      test.each([
        ['malformed JSON', '{"content": "a', 'application/json', 400, 'invalid_request'],
        ['no body', null, 'application/json', 400, 'invalid_request'],
        ['an empty content', '{"content":""}', 'application/json', 400, 'invalid_request'],
        ['a blank content', '{"content":" \\n\\t "}', 'application/json', 400, 'invalid_request'],
        ['a content that is no text', '{"content":12}', 'application/json', 400, 'invalid_request'],
        ['an unknown field', '{"content":"a","x":1}', 'application/json', 400, 'invalid_request'],
        ['an unknown language', '{"content":"a","lang":"de"}', 'application/json', 400, 'invalid_request'],
        ['JSON that is no object', '"content"', 'application/json', 400, 'invalid_request'],
        ['null', 'null', 'application/json', 400, 'invalid_request'],
        ['no texts', '{"contents":[]}', 'application/json', 400, 'invalid_request'],
        [
          'too many texts',
          JSON.stringify({ contents: Array.from({ length: 101 }, () => 'a') }),
          'application/json',
          400,
          'invalid_request',
        ],
        [
          'one text and several',
          '{"content":"a","contents":["b"]}',
          'application/json',
          400,
          'invalid_request',
        ],
        ['blank markdown', '  \n', 'text/markdown', 400, 'invalid_request'],
        ['nothing visible', '\u200b\u2060', 'text/markdown', 400, 'invalid_request'],
        [
          'bytes that are no UTF-8',
          new Uint8Array([0x22, 0xff, 0xfe, 0x22]),
          'application/json',
          400,
          'invalid_request',
        ],
        ['a form', 'content=a', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
        ['XML', '<a/>', 'application/xml', 415, 'unsupported_media_type'],
        [
          'another charset',
          '{"content":"a"}',
          'application/json; charset=latin1',
          415,
          'unsupported_media_type',
        ],
        [
          'too many characters',
          JSON.stringify({ content: 'a'.repeat(200_001) }),
          'application/json',
          413,
          'content_too_large',
        ],
        [
          'too many bytes',
          JSON.stringify({ content: 'a'.repeat(1_100_000) }),
          'application/json',
          413,
          'content_too_large',
        ],
      ])('refuses %s', async (_, body, type, status, code) => {
        const answer = await post('/classify', body, type);
        expectError(answer, { status, code });
        if (status === 400)
          expect(at(answer.body, 'details', 0)).toEqual({
            pointer: expect.any(String),
            reason: expect.any(String),
          });
        if (status === 413) expect(answer.body['limit']).toBeGreaterThan(0);
      });

      test('counts characters, not code units', async () => {
        expect((await classify('😀'.repeat(200_000))).status).toBe(200);
      });

      test('refuses a compressed body', async () => {
        const answer = await post('/classify', 'x', 'application/json', { 'content-encoding': 'gzip' });
        expectError(answer, { status: 415, code: 'unsupported_media_type' });
      });

      test('answers an oversized body at once, without waiting for it', async () => {
        const status = await new Promise<number | undefined>((resolve, reject) => {
          const headers = { 'content-type': 'application/json', 'content-length': '50000000' };
          const request = rawRequest(`${api.url}/classify`, { method: 'POST', headers }, (response) => {
            resolve(response.statusCode);
            request.destroy();
          });
          request.on('error', reject);
          request.write('{');
        });
        expect(status).toBe(413);
      });

      test('a body in chunks without a length is limited as well', async () => {
        const stream = new ReadableStream({
          start(controller) {
            for (let i = 0; i < 200; i++) controller.enqueue(new Uint8Array(100_000).fill(97));
            controller.close();
          },
        });
        const init = {
          method: 'POST',
          body: stream,
          duplex: 'half',
          headers: { 'content-type': 'text/markdown' },
        };
        expectError(await call('/classify', init as RequestInit), { status: 413, code: 'content_too_large' });
      });
    });

    describe('every function', () => {
      test.each([
        ['POST', '/', 'GET, HEAD'],
        ['GET', '/classify', 'POST'],
        ['DELETE', '/clusters', 'GET, HEAD'],
        ['GET', '/clusters/recompute', 'POST'],
        ['PUT', '/recommend/1', 'GET, HEAD'],
        ['PATCH', '/user/1/profile', 'GET, HEAD'],
      ])('%s %s is not allowed', async (method, path, allow) => {
        const answer = await call(path, { method });
        expectError(answer, { status: 405, code: 'method_not_allowed' });
        expect(answer.headers.get('allow')).toBe(allow);
      });

      test.each([
        '/nothing',
        '/user/1',
        '/recommend',
        '/recommend/1/2',
        '/clusters/1',
        '/favicon.ico',
        '/recommend/%E0%A4%A',
        '//',
      ])('%s is not found', async (path) => {
        if (path === '//') return expect((await call(path)).status).toBe(200);
        return expectError(await call(path), { status: 404, code: 'not_found' });
      });

      test('HEAD says what GET would, without a body', async () => {
        const response = await fetch(`${api.url}/clusters`, { method: 'HEAD' });
        expect(response.status).toBe(200);
        expect(response.headers.get('etag')).toBeTruthy();
        expect(await response.text()).toBe('');
      });

      test('takes over a request id that is one, and makes its own otherwise', async () => {
        const withId = (id: string) => call('/', { headers: { 'X-Request-Id': id } });
        expect((await withId('abc-123')).headers.get('x-request-id')).toBe('abc-123');
        expect((await withId('a b<c>')).headers.get('x-request-id')).not.toBe('a b<c>');
      });

      test('survives bytes that are no HTTP', async () => {
        await new Promise<void>((resolve) => {
          const socket = connect(Number(new URL(api.url).port), '127.0.0.1', () =>
            socket.end('\u0000\u0001 garbage\r\n\r\n'),
          );
          socket.on('close', () => resolve());
          socket.resume();
        });
        expect((await call('/')).status).toBe(200);
      });

      test('is in the API document, which is OpenAPI 3.1', async () => {
        const { body } = await call('/openapi.json');
        expect(body['openapi']).toBe('3.1.0');
        expect(Object.keys(body['paths'] as object)).toEqual([
          '/',
          '/classify',
          '/clusters',
          '/clusters/recompute',
          '/recommend/{cluster_id}',
          '/user/{user_id}/profile',
        ]);
      });
    });
  });
}
