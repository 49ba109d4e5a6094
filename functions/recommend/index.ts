import { serve } from '../../shared/http/serve.ts';
import { openPublished } from '../../shared/storage/open.ts';
import { handler } from './handler.ts';
import { operation } from './schema.ts';

export const recommend = serve(operation, (config) => handler({ published: openPublished(config) }));
