import type { OAuth2Client } from 'google-auth-library';
import { ServiceError } from '../errors.ts';
import { once } from '../once.ts';
import type { TokenVerifier } from './access.ts';

const TIMEOUT_MS = 5000;
/** What clocks may differ by, as the library has it. */
const SKEW_S = 300;

/** The library is loaded at the first token, since most functions never see one; its client keeps Google's keys. */
async function googleClient(): Promise<OAuth2Client> {
  const library = await import('google-auth-library');
  return new library.OAuth2Client({ transporterOptions: { timeout: TIMEOUT_MS } });
}

/** A part of a JWT as JSON, unverified; null when it is none. */
function partOf(token: string, index: number): Record<string, unknown> | null {
  try {
    const text = Buffer.from(token.split('.')[index] ?? '', 'base64url').toString();
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}

/** False for a token that no key could make good: it is refused without asking for keys. */
function mayBeGood(token: string, audiences: readonly string[]): boolean {
  const [header, claims] = [partOf(token, 0), partOf(token, 1)];
  return (
    token.split('.').length === 3 &&
    header?.['alg'] === 'RS256' &&
    audiences.includes(String(claims?.['aud'])) &&
    Number(claims?.['exp']) > Date.now() / 1000 - SKEW_S
  );
}

/**
 * Checks ID tokens: signature by Google's keys, issuer, audience, and time with 300 s for clocks that differ.
 * @param open makes the client, at the first token
 * @throws ServiceError store_unavailable when Google's keys cannot be had: the token may be good
 */
export function idTokenVerifier(open: () => Promise<OAuth2Client> = googleClient): TokenVerifier {
  const client = once(open);
  return async (token, audiences) => {
    if (!mayBeGood(token, audiences)) return null;
    const library = await client();
    try {
      await library.getFederatedSignonCertsAsync();
    } catch (cause) {
      const message = 'The keys that ID tokens are checked by cannot be fetched: try again in a few seconds.';
      throw new ServiceError('store_unavailable', message, { cause });
    }
    try {
      const ticket = await library.verifyIdToken({ idToken: token, audience: [...audiences] });
      const payload = ticket.getPayload();
      return payload?.email_verified === true ? (payload.email ?? null) : null;
    } catch {
      return null;
    }
  };
}
