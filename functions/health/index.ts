import { version } from '../../package.json' with { type: 'json' };
import { serve } from '../../shared/http/serve.ts';
import { openPublished } from '../../shared/storage/open.ts';
import { handler } from './handler.ts';
import { operation } from './schema.ts';

export const health = serve(operation, (config) => handler({ published: openPublished(config), version }));
