import type { TokenVerifier } from './access.ts';

/** Checks a Google-signed ID token. The library is loaded at the first token, since most functions never see one. */
export const verifyIdToken: TokenVerifier = async (token, audience) => {
  const { OAuth2Client } = await import('google-auth-library');
  try {
    const ticket = await new OAuth2Client().verifyIdToken({ idToken: token, audience });
    const payload = ticket.getPayload();
    return payload?.email_verified === true ? (payload.email ?? null) : null;
  } catch {
    return null;
  }
};
