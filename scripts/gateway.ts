import { createServer, type Server } from 'node:http';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import '../functions/classify/index.ts';
import '../functions/clusters/index.ts';
import '../functions/health/index.ts';
import '../functions/recommend/index.ts';
import '../functions/recompute/index.ts';
import '../functions/user-profile/index.ts';
import { ServiceError } from '../shared/errors.ts';
import { requestIdOf, send } from '../shared/http/endpoint.ts';
import { matchRoute, type Operation, pathOf } from '../shared/http/operation.ts';
import { type Rendered, renderError } from '../shared/http/reply.ts';
import { DOCUMENTED } from './openapi.ts';

/** Every function, in the order of the public contract. */
export const OPERATIONS: readonly Operation[] = DOCUMENTED.map(({ operation }) => operation);

/**
 * One server for all functions, each under its public path, as Firebase Hosting would serve them; each request goes
 * through the functions framework as it does in the cloud.
 * @param documents static JSON by path, such as `/openapi.json`
 */
export function createGateway(documents: ReadonlyMap<string, string>): Server {
  const functions = OPERATIONS.map((operation) => ({ operation, server: getTestServer(operation.name) }));
  const paths = [...OPERATIONS.map(({ path }) => path), ...documents.keys()].join(', ');
  const answer = (method: string, pathname: string): Rendered => {
    const document = documents.get(pathname);
    if (document === undefined) {
      return renderError(
        new ServiceError('not_found', `There is nothing at this path: the paths are ${paths}.`),
        '',
      );
    }
    if (method === 'GET' || method === 'HEAD') {
      const headers = {
        'Content-Type': 'application/json; charset=utf-8',
        'Cache-Control': 'public, max-age=60',
      };
      return { status: 200, headers, text: document };
    }
    return renderError(
      new ServiceError('method_not_allowed', 'Use GET here.', { headers: { Allow: 'GET, HEAD' } }),
      '',
    );
  };
  return createServer((request, response) => {
    const pathname = pathOf(request.url ?? '/');
    const found = functions.find(({ operation }) => matchRoute(operation.path, pathname) !== null);
    if (found) found.server.emit('request', request, response);
    else send(response, answer(request.method ?? 'GET', pathname), requestIdOf(request));
  });
}
