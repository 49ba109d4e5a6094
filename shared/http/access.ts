import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config.ts';
import { ServiceError } from '../errors.ts';
import type { Access } from './operation.ts';

/** Checks an ID token's signature, issuer, audience and expiry; the verified e-mail address, or null. */
export type TokenVerifier = (token: string, audiences: readonly string[]) => Promise<string | null>;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const unauthenticated = (message: string): ServiceError =>
  new ServiceError('unauthenticated', message, { headers: { 'WWW-Authenticate': 'Bearer' } });

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/**
 * True when credentials are asked for: always in the cloud, on real cloud stores and beyond this machine; on a local
 * server with local stores or emulators once any are configured.
 */
export function isGuarded(config: Config): boolean {
  const { environment, host, artifactBucket, storageEmulator, firestoreDatabase, firestoreEmulator } = config;
  const configured = [config.clientKeyHashes, config.operatorAccounts, config.clientAccounts];
  return (
    environment === 'cloud' ||
    !LOOPBACK.includes(host) ||
    (artifactBucket !== null && storageEmulator === null) ||
    (firestoreDatabase !== null && firestoreEmulator === null) ||
    configured.some((list) => list.length > 0)
  );
}

/** Accounts that may call; operators may do all that clients may. */
const accountsFor = (access: Access, { clientAccounts, operatorAccounts }: Config): readonly string[] =>
  access === 'operator' ? operatorAccounts : [...clientAccounts, ...operatorAccounts];

/** Why nobody at all can be let in, as a sentence for the log; null when someone can. */
export function closedBecause(access: Access, config: Config): string | null {
  if (access === 'public' || !isGuarded(config)) return null;
  if (access === 'client' && config.clientKeyHashes.length > 0) return null;
  const missing = access === 'operator' ? 'OPERATOR_ACCOUNTS' : 'CLIENT_KEY_SHA256 or CLIENT_ACCOUNTS';
  if (accountsFor(access, config).length === 0) return `Closed to everyone: ${missing} is not set.`;
  return config.tokenAudiences.length === 0 ? 'Closed to everyone: TOKEN_AUDIENCE is not set.' : null;
}

/** True when the key is one of those configured; every hash is compared, each in constant time. */
function isKnownKey(given: Buffer, hashes: readonly string[]): boolean {
  return hashes.map((hash) => timingSafeEqual(given, Buffer.from(hash, 'hex'))).includes(true);
}

async function accountOf(
  token: string,
  access: Access,
  config: Config,
  verify: TokenVerifier,
): Promise<string> {
  const audiences = config.tokenAudiences;
  const email = audiences.length === 0 ? null : await verify(token, audiences);
  if (email === null) throw unauthenticated('The ID token is not valid: get a fresh one for this service.');
  if (accountsFor(access, config).includes(email)) return email;
  throw new ServiceError(
    'forbidden',
    'This account may not call this endpoint: ask an administrator to allow it.',
  );
}

function keyOf(key: string, access: Access, config: Config): string {
  const given = sha256(key);
  if (!isKnownKey(given, config.clientKeyHashes))
    throw unauthenticated('The API key is not valid: check X-API-Key.');
  if (access === 'client') return given.toString('hex');
  throw new ServiceError(
    'forbidden',
    'An API key is not enough here: use the ID token of an operator account.',
  );
}

/**
 * Lets a request pass or throws. `client` takes an API key in X-API-Key or an ID token of an allowed account;
 * `operator` takes an ID token of an operator account, never a key alone. What is not configured is closed.
 * @returns who calls: an account, the hash of a key, or null where nobody is asked
 * @throws ServiceError unauthenticated or forbidden
 */
export async function requireAccess(
  access: Access,
  headers: IncomingHttpHeaders,
  config: Config,
  verify: TokenVerifier,
): Promise<string | null> {
  if (access === 'public' || !isGuarded(config)) return null;
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) return accountOf(token, access, config, verify);
  const key = headers['x-api-key'];
  if (typeof key === 'string' && key !== '') return keyOf(key, access, config);
  const wanted =
    access === 'client' ? 'an API key in X-API-Key or an ID token' : 'the ID token of an operator account';
  throw unauthenticated(`Credentials are missing: send ${wanted}.`);
}
