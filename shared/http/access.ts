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

/** True when credentials are asked for: always in the cloud, locally once any are configured. */
export function isGuarded(config: Config): boolean {
  const configured = [config.clientKeyHashes, config.operatorAccounts, config.clientAccounts];
  return config.environment === 'cloud' || configured.some((list) => list.length > 0);
}

/** True when the key is one of those configured; every hash is compared, each in constant time. */
function isKnownKey(key: string, hashes: readonly string[]): boolean {
  const given = sha256(key);
  return hashes.map((hash) => timingSafeEqual(given, Buffer.from(hash, 'hex'))).includes(true);
}

/**
 * Lets a request pass or throws. `client` takes an API key in X-API-Key or an ID token of an allowed account;
 * `operator` takes an ID token of an operator account, never a key alone. What is not configured is closed.
 * @throws ServiceError unauthenticated or forbidden
 */
export async function requireAccess(
  access: Access,
  headers: IncomingHttpHeaders,
  config: Config,
  verify: TokenVerifier,
): Promise<void> {
  if (access === 'public' || !isGuarded(config)) return;
  const key = headers['x-api-key'];
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) {
    const email = config.tokenAudiences.length === 0 ? null : await verify(token, config.tokenAudiences);
    if (email === null) throw unauthenticated('The ID token is not valid: get a fresh one for this service.');
    const allowed =
      access === 'operator'
        ? config.operatorAccounts
        : [...config.clientAccounts, ...config.operatorAccounts];
    if (allowed.includes(email)) return;
    throw new ServiceError(
      'forbidden',
      'This account may not call this endpoint: ask an administrator to allow it.',
    );
  }
  if (typeof key === 'string' && key !== '') {
    if (!isKnownKey(key, config.clientKeyHashes))
      throw unauthenticated('The API key is not valid: check X-API-Key.');
    if (access === 'client') return;
    throw new ServiceError(
      'forbidden',
      'An API key is not enough here: use the ID token of an operator account.',
    );
  }
  const wanted =
    access === 'client' ? 'an API key in X-API-Key or an ID token' : 'the ID token of an operator account';
  throw unauthenticated(`Credentials are missing: send ${wanted}.`);
}
