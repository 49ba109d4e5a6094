import { SERVICE_VERSION } from '../version.ts';
import type { Served } from '../storage/published.ts';
import type { Reply } from './reply.ts';

/**
 * A reply that stands as long as the model does: cacheable, tagged with the versions of model and service. From an
 * instance that cannot reach the store it is marked stale and not cached.
 */
export function modelReply(
  { pointer, degraded }: Served,
  body: (status: 'ready' | 'degraded') => unknown,
): Reply {
  if (degraded) {
    const headers = { Warning: '110 - "the store is down, this is the model known last"' };
    return { body: body('degraded'), caching: { kind: 'none' }, headers };
  }
  return {
    body: body('ready'),
    caching: { kind: 'model', etag: `"${pointer.version}.${SERVICE_VERSION}"` },
  };
}
