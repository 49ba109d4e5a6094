import { log } from '../../shared/log.ts';
import { serve } from '../../shared/http/serve.ts';
import { openRecompute } from '../../shared/pipeline/open.ts';
import { handler } from './handler.ts';
import { operation } from './schema.ts';

export const recompute = serve(operation, (config) =>
  handler({
    recompute: openRecompute(config, (step) => log('INFO', `recompute: ${step.name}`, { ...step })),
    source: config.sourceUri,
  }),
);
