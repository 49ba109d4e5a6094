import { ModelNotReadyError } from '../../shared/errors.ts';
import type { Handler } from '../../shared/http/endpoint.ts';
import { log } from '../../shared/http/log.ts';
import type { Reply } from '../../shared/http/reply.ts';
import type { Published } from '../../shared/storage/published.ts';

interface Deps {
  readonly published: Pick<Published, 'pointer'>;
  readonly version: string;
}

/** Replies what runs; a store that is down, or artifacts that cannot be read, make it degraded, never an error. */
export const handler =
  ({ published, version }: Deps): Handler =>
  async () => {
    const reply = (status: 'running' | 'degraded', model: unknown, missing?: string[]): Reply => ({
      body: {
        success: true,
        message: 'Welcome to the ÊtrePROF ML API',
        status,
        version,
        ...(missing ? { missing } : {}),
        model,
      },
      caching: { kind: 'none' },
    });
    try {
      const { pointer, degraded } = await published.pointer();
      const model = { version: pointer.version, trained_at: pointer.computed_at };
      return degraded ? reply('degraded', model, ['artifacts']) : reply('running', model);
    } catch (error) {
      if (error instanceof ModelNotReadyError) return reply('running', null);
      log('WARNING', 'the artifacts cannot be read', { reason: String(error) });
      return reply('degraded', null, ['artifacts']);
    }
  };
