import { serve } from '../../shared/http/serve.ts';
import { openPublished } from '../../shared/storage/open.ts';
import { SERVICE_VERSION } from '../../shared/version.ts';
import { handler } from './handler.ts';
import { operation } from './schema.ts';

export const health = serve(operation, (config) =>
  handler({ published: openPublished(config), version: SERVICE_VERSION }),
);
