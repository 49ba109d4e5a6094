import { http } from '@google-cloud/functions-framework';
import { type Config, readConfig } from '../config.ts';
import { once } from '../once.ts';
import { closedBecause } from './access.ts';
import { endpoint, type EndpointDeps, type Handler } from './endpoint.ts';
import { idTokenVerifier } from './id-token.ts';
import { type Listener, takeOver } from './listen.ts';
import { log } from '../log.ts';
import type { Operation } from './operation.ts';
import { RateLimiter } from './rate-limit.ts';

/** Configuration and checks of a function, made at its first request. */
export const depsOf = ({ name, access }: Operation): (() => EndpointDeps) =>
  once(() => {
    const config = readConfig();
    const closed = closedBecause(access, config);
    if (closed !== null) log('ERROR', closed, { function: name });
    const limiter = new RateLimiter(config.rateLimit, () => performance.now());
    return { config, verify: idTokenVerifier(), limiter };
  });

/**
 * Registers a function with the framework and returns it, to be exported by its name.
 * @param open makes the handler at the first request, with the configuration of the environment
 */
export function serve(operation: Operation, open: (config: Config) => Handler): Listener {
  const deps = depsOf(operation);
  const listener = endpoint(
    operation,
    deps,
    once(() => open(deps().config)),
  );
  http(operation.name, listener);
  takeOver(listener);
  return listener;
}
