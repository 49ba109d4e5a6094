import { serve } from '../../shared/http/serve.ts';
import { openPublished, openUserReader } from '../../shared/storage/open.ts';
import { SERVICE_VERSION } from '../../shared/version.ts';
import { handler } from './handler.ts';
import { operation } from './schema.ts';

export const health = serve(operation, (config) => {
  const stores = { published: openPublished(config), users: openUserReader(config) };
  const clocks = { now: () => performance.now(), clock: () => Date.now() };
  return handler({ ...stores, ...clocks, version: SERVICE_VERSION, revalidateMs: config.revalidateMs });
});
