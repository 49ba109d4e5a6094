import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import '../functions/classify/index.ts';
import '../functions/clusters/index.ts';
import '../functions/health/index.ts';
import '../functions/recommend/index.ts';
import '../functions/recompute/index.ts';
import '../functions/user-profile/index.ts';
import { operation as classify } from '../functions/classify/schema.ts';
import { operation as clusters } from '../functions/clusters/schema.ts';
import { operation as health } from '../functions/health/schema.ts';
import { operation as recommend } from '../functions/recommend/schema.ts';
import { operation as recompute } from '../functions/recompute/schema.ts';
import { operation as userProfile } from '../functions/user-profile/schema.ts';
import { ServiceError } from '../shared/errors.ts';
import { matchRoute, type Operation } from '../shared/http/operation.ts';
import { type Rendered, renderError } from '../shared/http/reply.ts';

/** Every function, in the order of the public contract. */
export const OPERATIONS: readonly Operation[] = [
  health,
  classify,
  clusters,
  recompute,
  recommend,
  userProfile,
];

function send(response: ServerResponse, { status, headers, text }: Rendered): void {
  response.writeHead(status, { ...headers, 'X-Request-Id': randomUUID() });
  response.end(text);
}

/**
 * One server for all functions, each under its public path, as Firebase Hosting would serve them; each request goes
 * through the functions framework as it does in the cloud.
 * @param documents static JSON by path, such as `/openapi.json`
 */
export function createGateway(documents: ReadonlyMap<string, string>): Server {
  const functions = OPERATIONS.map((operation) => ({ operation, server: getTestServer(operation.name) }));
  return createServer((request, response) => {
    const pathname = (request.url ?? '/').split('?', 1)[0] as string;
    const document = documents.get(pathname);
    if (document !== undefined && request.method === 'GET') {
      response.writeHead(200, {
        'Content-Type': 'application/json; charset=utf-8',
        'Cache-Control': 'public, max-age=60',
      });
      response.end(document);
      return;
    }
    const found = functions.find(({ operation }) => matchRoute(operation.path, pathname) !== null);
    if (found) found.server.emit('request', request, response);
    else {
      const message = `There is nothing at this path: the paths are ${OPERATIONS.map(({ path }) => path).join(', ')}.`;
      send(response, renderError(new ServiceError('not_found', message), ''));
    }
  });
}
