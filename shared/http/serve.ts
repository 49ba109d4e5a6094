import { http, type HttpFunction } from '@google-cloud/functions-framework';
import { type Config, readConfig } from '../config.ts';
import { once } from '../once.ts';
import { closedBecause } from './access.ts';
import { endpoint, type EndpointDeps, type Handler } from './endpoint.ts';
import { idTokenVerifier } from './id-token.ts';
import { log } from './log.ts';
import type { Operation } from './operation.ts';
import { RateLimiter } from './rate-limit.ts';

/**
 * Registers a function with the framework and returns it, to be exported by its name.
 * @param open makes the handler at the first request, with the configuration of the environment
 */
export function serve(operation: Operation, open: (config: Config) => Handler): HttpFunction {
  const deps = once((): EndpointDeps => {
    const config = readConfig();
    const closed = closedBecause(operation.access, config);
    if (closed !== null) log('ERROR', closed, { function: operation.name });
    const limiter = new RateLimiter(config.rateLimit, () => performance.now());
    return { config, verify: idTokenVerifier(), limiter };
  });
  const handler = once(() => open(deps().config));
  const wrapped = endpoint(operation, deps, handler);
  http(operation.name, wrapped);
  return wrapped;
}
