import type { OAuth2Client } from 'google-auth-library';
import { ServiceError } from '../errors.ts';
import { once } from '../once.ts';
import type { TokenVerifier } from './access.ts';

const TIMEOUT_MS = 5000;

/** The library is loaded at the first token, since most functions never see one; its client keeps Google's keys. */
async function googleClient(): Promise<OAuth2Client> {
  const library = await import('google-auth-library');
  return new library.OAuth2Client({ transporterOptions: { timeout: TIMEOUT_MS } });
}

/**
 * Checks ID tokens: signature by Google's keys, issuer, audience, and time with 300 s for clocks that differ.
 * @param open makes the client, at the first token
 * @throws ServiceError store_unavailable when Google's keys cannot be had: the token may be good
 */
export function idTokenVerifier(open: () => Promise<OAuth2Client> = googleClient): TokenVerifier {
  const client = once(open);
  return async (token, audiences) => {
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
