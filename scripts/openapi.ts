import * as classify from '../functions/classify/schema.ts';
import * as clusters from '../functions/clusters/schema.ts';
import * as health from '../functions/health/schema.ts';
import * as recommend from '../functions/recommend/schema.ts';
import * as recompute from '../functions/recompute/schema.ts';
import * as userProfile from '../functions/user-profile/schema.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../shared/errors.ts';
import type { Operation } from '../shared/http/operation.ts';
import { SERVICE_VERSION } from '../shared/version.ts';

type Json = Record<string, unknown>;

interface Documented {
  readonly operation: Operation;
  readonly summary: string;
  readonly reply: Json;
  readonly request?: Json;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Every function's schemas, by name. */
export const DOCUMENTED: readonly Documented[] = [
  health,
  classify,
  clusters,
  recompute,
  recommend,
  userProfile,
];

/** Errors an operation can answer with, beyond those every operation can. */
const OWN_ERRORS: Readonly<Record<string, readonly ErrorCode[]>> = {
  health: [],
  classify: ['invalid_request', 'request_timeout', 'content_too_large', 'unsupported_media_type'],
  clusters: ['model_not_ready', 'store_unavailable'],
  recompute: [
    'invalid_request',
    'request_timeout',
    'content_too_large',
    'unsupported_media_type',
    'recompute_in_progress',
    'model_rejected',
    'store_unavailable',
  ],
  recommend: ['invalid_request', 'unknown_cluster', 'model_not_ready', 'store_unavailable'],
  'user-profile': ['invalid_request', 'user_not_found', 'model_not_ready', 'store_unavailable'],
};

const errorSchema = {
  type: 'object',
  required: ['success', 'error', 'code'],
  properties: {
    success: { const: false },
    error: { type: 'string', description: 'One sentence a person can act on.' },
    code: { enum: Object.keys(ERROR_CATALOGUE) },
  },
};

function errorsOf({ name, access }: Operation): Json {
  const guarded: ErrorCode[] = access === 'public' ? [] : ['unauthenticated', 'forbidden', 'rate_limited'];
  const codes: ErrorCode[] = [
    ...(OWN_ERRORS[name] ?? []),
    ...guarded,
    'not_found',
    'method_not_allowed',
    'internal',
  ];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_CATALOGUE[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [status, { description: of.join(' or '), content }]),
  );
}

const withoutId = (schema: Json): Json =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$id'));

function bodyOf({ operation, request }: Documented): Json {
  if (!operation.bodyTypes || !request) return {};
  const content = Object.fromEntries(
    operation.bodyTypes.map((type) => [
      type,
      { schema: type === 'application/json' ? withoutId(request) : { type: 'string' } },
    ]),
  );
  return { requestBody: { required: operation.name === 'classify', content } };
}

function operationOf(documented: Documented): Json {
  const { operation, summary, reply, parameters = {} } = documented;
  const security = { public: [], client: [{ apiKey: [] }, { idToken: [] }], operator: [{ idToken: [] }] };
  return {
    operationId: operation.name,
    summary,
    security: security[operation.access],
    parameters: Object.entries(parameters).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      schema,
    })),
    ...bodyOf(documented),
    responses: {
      200: { description: summary, content: { 'application/json': { schema: reply } } },
      ...errorsOf(operation),
    },
  };
}

/** The OpenAPI 3.1 document of the public API, made from the schemas the functions themselves use. */
export function openApi(): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'ÊtrePROF ML API', version: SERVICE_VERSION },
    paths: Object.fromEntries(
      DOCUMENTED.map((documented) => [
        documented.operation.path,
        { [documented.operation.method.toLowerCase()]: operationOf(documented) },
      ]),
    ),
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        idToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  };
}
