import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { classify } from '../functions/classify/index.ts';
import { clusters } from '../functions/clusters/index.ts';
import { health } from '../functions/health/index.ts';
import { recommend } from '../functions/recommend/index.ts';
import { recompute } from '../functions/recompute/index.ts';
import { 'user-profile' as userProfile } from '../functions/user-profile/index.ts';
import { ServiceError } from '../shared/errors.ts';
import { answering, endpoint } from '../shared/http/endpoint.ts';
import { answerBy, type End, type Listener } from '../shared/http/listen.ts';
import { matchRoute, type Operation, pathOf } from '../shared/http/operation.ts';
import { depsOf } from '../shared/http/serve.ts';
import { DOCUMENTED } from './openapi.ts';

/** Every function, in the order of the public contract. */
export const OPERATIONS: readonly Operation[] = DOCUMENTED.map(({ operation }) => operation);

const LISTENERS: Readonly<Record<string, Listener>> = {
  classify,
  clusters,
  health,
  recommend,
  recompute,
  'user-profile': userProfile,
};

const DOCUMENT: Operation = { name: 'openapi', method: 'GET', path: '/openapi.json', access: 'public' };

/** How often a server looks for requests that take too long to arrive, in milliseconds. */
const LOOK_MS = 5000;

/**
 * One server for all functions, each under its public path, as Firebase Hosting would serve them.
 * @param document JSON of the API document
 * @returns the server, and what ends it
 */
export function createGateway(document: string): { server: Server; end: End } {
  const digest = createHash('sha256').update(document).digest('hex');
  const caching = { kind: 'model', etag: `"${digest.slice(0, 16)}"` } as const;
  const deps = depsOf(DOCUMENT);
  const all = [
    ...OPERATIONS.map(({ name, path }) => ({ path, listener: LISTENERS[name] as Listener })),
    {
      path: DOCUMENT.path,
      listener: endpoint(DOCUMENT, deps, () => async () => ({ text: document, caching })),
    },
  ];
  const paths = all.map(({ path }) => path).join(', ');
  const nowhere = answering('gateway', deps, async () => {
    throw new ServiceError('not_found', `There is nothing at this path: the paths are ${paths}.`);
  });
  const server = createServer({ connectionsCheckingInterval: LOOK_MS });
  const end = answerBy(server, (request, response) => {
    const pathname = pathOf(request.url ?? '/');
    const found = all.find(({ path }) => matchRoute(path, pathname) !== null);
    return (found?.listener ?? nowhere)(request, response);
  });
  return { server, end };
}
