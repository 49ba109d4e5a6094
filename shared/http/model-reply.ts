import type { Pointer } from '../clustering/model.ts';
import type { Served } from '../storage/published.ts';
import { SERVICE_VERSION } from '../version.ts';
import type { Reply } from './reply.ts';

/** JSON of the replies made of each version served, by their keys. */
const texts = new WeakMap<Pointer, Map<string, string>>();

/** The reply's JSON, made once as long as the version is served. */
function textOf(pointer: Pointer, key: string, body: () => unknown): string {
  const known = texts.get(pointer) ?? new Map<string, string>();
  const text = known.get(key) ?? JSON.stringify(body());
  texts.set(pointer, known.set(key, text));
  return text;
}

/**
 * A reply that stands as long as the model does: cacheable, tagged with the versions of model and service. From an
 * instance that cannot reach the store it is marked stale and not cached.
 * @param key tells the reply from others made of the same model
 * @param body a function of model, key and status alone
 */
export function modelReply(
  { pointer, degraded }: Served,
  key: string,
  body: (status: 'ready' | 'degraded') => unknown,
): Reply {
  if (degraded) {
    const headers = { Warning: '110 - "the store is down, this is the model known last"' };
    return { body: body('degraded'), caching: { kind: 'none' }, headers };
  }
  return {
    text: textOf(pointer, key, () => body('ready')),
    caching: { kind: 'model', etag: `"${pointer.version}.${SERVICE_VERSION}"` },
  };
}
