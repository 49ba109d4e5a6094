import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, describe, expect, test } from 'vitest';
import { type Config, readConfig } from '../../shared/config.ts';
import { type ErrorCode, ServiceError } from '../../shared/errors.ts';
import { closedBecause, isGuarded, requireAccess } from '../../shared/http/access.ts';
import { idTokenVerifier } from '../../shared/http/id-token.ts';
import type { Access } from '../../shared/http/operation.ts';

const AUDIENCE = 'https://recompute.example';
const OPERATOR = 'scheduler@project.iam.gserviceaccount.com';
const CLIENT = 'backend@project.iam.gserviceaccount.com';
const KEYS = ['first key of high entropy', 'second key of high entropy'];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const google = pair();
const stranger = pair();

/** Google's key server, as far as the library sees it; `down` makes it fail. */
const keyServer = { down: false, asked: 0 };
const server = createServer((_, response) => {
  keyServer.asked++;
  if (keyServer.down) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=3600' });
  return void response.end(JSON.stringify({ k1: google.publicKey.export({ type: 'spki', format: 'pem' }) }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => void server.close());

const client = async () =>
  new OAuth2Client({
    endpoints: {
      oauth2FederatedSignonPemCertsUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    },
  });
const verify = idTokenVerifier(client);

const now = () => Math.floor(Date.now() / 1000);
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An ID token as Google signs it, with what differs. */
function tokenOf(
  claims: Record<string, unknown> = {},
  { key = google.privateKey, header = {} }: { key?: KeyObject; header?: Record<string, unknown> } = {},
): string {
  const payload = {
    iss: 'https://accounts.google.com',
    aud: AUDIENCE,
    email: OPERATOR,
    email_verified: true,
    iat: now() - 10,
    exp: now() + 3000,
    ...claims,
  };
  const signed = `${base64url({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header })}.${base64url(payload)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}

const CLOUD = {
  K_SERVICE: 'function',
  CLIENT_KEY_SHA256: KEYS.map(sha256).join(','),
  CLIENT_ACCOUNTS: CLIENT,
  OPERATOR_ACCOUNTS: OPERATOR,
  TOKEN_AUDIENCE: `https://other.example, ${AUDIENCE}`,
};
const cloud = readConfig(CLOUD);

/** `ok` with who was let in, or the code of the refusal. */
async function outcome(
  access: Access,
  headers: Record<string, string>,
  config: Config = cloud,
): Promise<string> {
  try {
    return `ok ${await requireAccess(access, headers, config, verify)}`;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return error.code;
  }
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('access', () => {
  test.each<[string, Access, Record<string, string>, string]>([
    ['anyone to a public endpoint', 'public', {}, 'ok null'],
    [
      'a client by either of two keys',
      'client',
      { 'x-api-key': KEYS[0] as string },
      `ok ${sha256(KEYS[0] as string)}`,
    ],
    [
      'a client by the newer key',
      'client',
      { 'x-api-key': KEYS[1] as string },
      `ok ${sha256(KEYS[1] as string)}`,
    ],
    ['a client by the token of its account', 'client', bearer(tokenOf({ email: CLIENT })), `ok ${CLIENT}`],
    ['an operator as a client', 'client', bearer(tokenOf()), `ok ${OPERATOR}`],
    ['an operator by the token of its account', 'operator', bearer(tokenOf()), `ok ${OPERATOR}`],
    [
      'a token in a header of other case',
      'operator',
      { authorization: `bearer  ${tokenOf()}` },
      `ok ${OPERATOR}`,
    ],
  ])('lets in %s', async (_, access, headers, expected) => {
    expect(await outcome(access, headers)).toBe(expected);
  });

  test.each<[string, Access, Record<string, string>, ErrorCode]>([
    ['nobody', 'client', {}, 'unauthenticated'],
    ['nobody at the operator’s door', 'operator', {}, 'unauthenticated'],
    ['a wrong key', 'client', { 'x-api-key': 'x' }, 'unauthenticated'],
    [
      'the hash of a key instead of the key',
      'client',
      { 'x-api-key': sha256(KEYS[0] as string) },
      'unauthenticated',
    ],
    ['a key alone at the operator’s door', 'operator', { 'x-api-key': KEYS[0] as string }, 'forbidden'],
    [
      'a client’s account at the operator’s door',
      'operator',
      bearer(tokenOf({ email: CLIENT })),
      'forbidden',
    ],
    ['an account nobody allowed', 'client', bearer(tokenOf({ email: 'x@y.z' })), 'forbidden'],
    ['basic credentials', 'client', { authorization: 'Basic YTpi' }, 'unauthenticated'],
    ['what is no token', 'operator', bearer('a.b.c'), 'unauthenticated'],
    [
      'a wrong token beside a good key',
      'client',
      { ...bearer('a.b.c'), 'x-api-key': KEYS[0] as string },
      'unauthenticated',
    ],
  ])('refuses %s', async (_, access, headers, code) => {
    expect(await outcome(access, headers)).toBe(code);
  });

  test.each<[string, string]>([
    ['signed by someone else', tokenOf({}, { key: stranger.privateKey })],
    ['for another audience', tokenOf({ aud: 'https://elsewhere.example' })],
    ['of another issuer', tokenOf({ iss: 'https://evil.example' })],
    ['that ran out ten minutes ago', tokenOf({ iat: now() - 4000, exp: now() - 600 })],
    ['from ten minutes ahead', tokenOf({ iat: now() + 600, exp: now() + 4000 })],
    ['that lasts for ever', tokenOf({ exp: now() + 10_000_000 })],
    ['without an end', tokenOf({ exp: undefined })],
    ['whose address is not verified', tokenOf({ email_verified: false })],
    ['without an address', tokenOf({ email: undefined })],
    ['that says it needs no signature', tokenOf({}, { header: { alg: 'none' } }).replace(/[^.]+$/, '')],
    ['that names a key nobody has', tokenOf({}, { header: { kid: 'k9' } })],
    ['whose signature Cloud Run removed', tokenOf().replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE')],
  ])('refuses a token %s', async (_, token) => {
    expect(await outcome('operator', bearer(token))).toBe('unauthenticated');
  });

  test.each<[string, Record<string, unknown>]>([
    ['that ran out a minute ago', { iat: now() - 3000, exp: now() - 60 }],
    ['from a minute ahead', { iat: now() + 60, exp: now() + 3000 }],
  ])('takes a token %s, since clocks differ', async (_, claims) => {
    expect(await outcome('operator', bearer(tokenOf(claims)))).toBe(`ok ${OPERATOR}`);
  });

  test('fetches Google’s keys once, and says that it is not the caller’s fault when it cannot', async () => {
    const before = keyServer.asked;
    const fresh = idTokenVerifier(client);
    for (let i = 0; i < 3; i++) await fresh(tokenOf(), [AUDIENCE]);
    expect(keyServer.asked).toBe(before + 1);
    keyServer.down = true;
    const failing = idTokenVerifier(client)(tokenOf(), [AUDIENCE]);
    await expect(failing).rejects.toMatchObject({ code: 'store_unavailable' });
    keyServer.down = false;
  });

  test.each<[string, string]>([
    ['what is no token', 'x'],
    ['two dots alone', '..'],
    ['JSON that is no token', `${Buffer.from('null').toString('base64url')}.${base64url([])}.x`],
    ['a token of another algorithm', tokenOf({}, { header: { alg: 'HS256' } })],
    ['a token for another audience', tokenOf({ aud: 'https://elsewhere.example' })],
    ['a token for several audiences', tokenOf({ aud: [AUDIENCE, 'https://elsewhere.example'] })],
    ['a token that ran out', tokenOf({ iat: now() - 4000, exp: now() - 600 })],
  ])('refuses %s without asking for keys, which may not be there', async (_, token) => {
    const before = keyServer.asked;
    keyServer.down = true;
    expect(await idTokenVerifier(client)(token, [AUDIENCE])).toBeNull();
    keyServer.down = false;
    expect(keyServer.asked).toBe(before);
  });
});

describe('what is not configured', () => {
  const without = (...names: string[]) =>
    readConfig(Object.fromEntries(Object.entries(CLOUD).filter(([name]) => !names.includes(name))));

  test.each<[string, Access, Config, RegExp | null]>([
    ['a public endpoint', 'public', readConfig({ K_SERVICE: 'f' }), null],
    [
      'keys alone for clients',
      'client',
      without('CLIENT_ACCOUNTS', 'OPERATOR_ACCOUNTS', 'TOKEN_AUDIENCE'),
      null,
    ],
    ['nothing for clients', 'client', readConfig({ K_SERVICE: 'f' }), /CLIENT_KEY_SHA256 or CLIENT_ACCOUNTS/],
    ['keys alone for operators', 'operator', without('OPERATOR_ACCOUNTS'), /OPERATOR_ACCOUNTS/],
    ['no audience for operators', 'operator', without('TOKEN_AUDIENCE'), /TOKEN_AUDIENCE/],
    ['all for operators', 'operator', cloud, null],
  ])('%s: open, or closed with a reason for the log', (_, access, config, reason) => {
    const closed = closedBecause(access, config);
    if (reason === null) expect(closed).toBeNull();
    else expect(closed).toMatch(reason);
  });

  test('stays closed in the cloud', async () => {
    const bare = readConfig({ K_SERVICE: 'f' });
    expect(await outcome('client', {}, bare)).toBe('unauthenticated');
    expect(await outcome('client', { 'x-api-key': '' }, bare)).toBe('unauthenticated');
    expect(await outcome('client', { 'x-api-key': 'any' }, bare)).toBe('unauthenticated');
    expect(await outcome('operator', bearer(tokenOf()), without('TOKEN_AUDIENCE'))).toBe('unauthenticated');
    expect(await outcome('operator', bearer(tokenOf()), without('OPERATOR_ACCOUNTS'))).toBe('forbidden');
  });

  test.each<[string, Record<string, string>, boolean]>([
    ['on this machine with local stores', {}, false],
    [
      'on this machine with emulators',
      { FIRESTORE_EMULATOR_HOST: '127.0.0.1:1', STORAGE_EMULATOR_HOST: '127.0.0.1:2' },
      false,
    ],
    ['with one key', { CLIENT_KEY_SHA256: sha256('x') }, true],
    ['with one account', { OPERATOR_ACCOUNTS: OPERATOR }, true],
    ['beyond this machine', { HOST: '0.0.0.0' }, true],
    ['on a real bucket', { ARTIFACT_BUCKET: 'bucket' }, true],
    ['on a real database', { FIRESTORE_DATABASE: '(default)', GOOGLE_CLOUD_PROJECT: 'p' }, true],
    ['on Cloud Run', { K_SERVICE: 'f' }, true],
  ])('%s: guarded %j → %s', (_, environment, guarded) => {
    expect(isGuarded(readConfig(environment))).toBe(guarded);
  });
});
