import { openClassifier } from '../../shared/classification/open.ts';
import { serve } from '../../shared/http/serve.ts';
import { once } from '../../shared/once.ts';
import { handler } from './handler.ts';
import { operation } from './schema.ts';

export const classify = serve(operation, () => handler({ classifier: once(openClassifier) }));
