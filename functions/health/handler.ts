import type { Handler } from '../../shared/http/endpoint.ts';
import { log } from '../../shared/http/log.ts';
import type { Published } from '../../shared/storage/published.ts';

interface Deps {
  readonly published: Pick<Published, 'pointer'>;
  readonly version: string;
}

/** Replies what runs; a store that is down makes it degraded, never an error. */
export const handler =
  ({ published, version }: Deps): Handler =>
  async () => {
    const hello = { success: true, message: 'Welcome to the ÊtrePROF ML API' };
    try {
      const pointer = await published.pointer();
      const model = pointer && { version: pointer.version, trained_at: pointer.computed_at };
      return { body: { ...hello, status: 'running', version, model }, caching: { kind: 'none' } };
    } catch (error) {
      log('WARNING', 'artifact store missing', { reason: String(error) });
      const body = { ...hello, status: 'degraded', version, missing: ['artifacts'], model: null };
      return { body, caching: { kind: 'none' } };
    }
  };
