import { serve } from '../../shared/http/serve.ts';
import { openPublished, openUserReader } from '../../shared/storage/open.ts';
import { SERVICE_VERSION } from '../../shared/version.ts';
import { handler } from './handler.ts';
import { operation } from './schema.ts';

export const health = serve(operation, (config) => {
  const { revalidateMs } = config;
  const [published, users] = [openPublished(config), openUserReader(config)];
  return handler({ published, users, version: SERVICE_VERSION, revalidateMs, now: () => performance.now() });
});
