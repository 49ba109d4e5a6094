import { serve } from '../../shared/http/serve.ts';
import { openPublished, openUserReader } from '../../shared/storage/open.ts';
import { handler } from './handler.ts';
import { operation } from './schema.ts';

const userProfile = serve(operation, (config) =>
  handler({ published: openPublished(config), users: openUserReader(config) }),
);

export { userProfile as 'user-profile' };
