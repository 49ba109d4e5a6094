import { StoreUnavailableError } from '../../errors.ts';
import { once } from '../../once.ts';
import { getOnce, type TokenSource } from './rest.ts';

/** A token is renewed this long before it ends, in milliseconds. */
const MARGIN_MS = 300_000;

interface Granted {
  readonly access_token: string;
  readonly expires_in: number;
}

/**
 * Access tokens of the service account that Cloud Run gives the function.
 * Source: https://cloud.google.com/compute/docs/metadata/predefined-metadata-entries (service-accounts/default/token)
 * @param metadata address of the metadata server
 * @param now milliseconds, rising
 */
export function metadataToken(metadata: string, now: () => number): TokenSource {
  let held: { token: string; until: number } | null = null;
  return async () => {
    if (held && now() < held.until) return held.token;
    const url = new URL(`${metadata}/computeMetadata/v1/instance/service-accounts/default/token`);
    const { status, body } = await getOnce(url, { 'Metadata-Flavor': 'Google' });
    if (status !== 200) throw new Error(`The metadata server answered ${status}.`);
    const { access_token, expires_in } = JSON.parse(body.toString('utf8')) as Granted;
    held = { token: access_token, until: now() + expires_in * 1000 - MARGIN_MS };
    return access_token;
  };
}

const NO_CREDENTIALS =
  'There are no Google Cloud credentials here: run "gcloud auth application-default login".';

/** Access tokens of whoever works at this machine (Application Default Credentials). */
export function personalToken(): TokenSource {
  const auth = once(async () => {
    const { GoogleAuth } = await import('google-auth-library');
    return new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  });
  return async () => {
    // The library keeps the token and renews it.
    const token = await (await auth()).getAccessToken().catch((cause: unknown) => {
      throw new StoreUnavailableError('cloud', cause, NO_CREDENTIALS);
    });
    if (!token) throw new StoreUnavailableError('cloud', null, NO_CREDENTIALS);
    return token;
  };
}
