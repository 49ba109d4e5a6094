import { http, type HttpFunction } from '@google-cloud/functions-framework';
import { type Config, readConfig } from '../config.ts';
import { endpoint, type Handler } from './endpoint.ts';
import { verifyIdToken } from './id-token.ts';
import type { Operation } from './operation.ts';

/** The result of the first call, again and again. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/**
 * Registers a function with the framework and returns it, to be exported by its name.
 * @param open makes the handler at the first request, with the configuration of the environment
 */
export function serve(operation: Operation, open: (config: Config) => Handler): HttpFunction {
  const config = once(() => readConfig());
  const handler = once(() => open(config()));
  const wrapped = endpoint(operation, () => ({ config: config(), verify: verifyIdToken }), handler);
  http(operation.name, wrapped);
  return wrapped;
}
