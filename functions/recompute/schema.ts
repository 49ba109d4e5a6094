import type { FromSchema } from 'json-schema-to-ts';
import { qualitySchema } from '../../shared/clustering/model.ts';
import type { Operation } from '../../shared/http/operation.ts';

export const operation: Operation = {
  name: 'recompute',
  method: 'POST',
  path: '/clusters/recompute',
  access: 'operator',
  bodyTypes: ['application/json', 'application/octet-stream'],
};

export const summary = 'Recomputes the clusters from the exports and publishes them.';

export const request = {
  $id: 'recompute-request',
  type: 'object',
  additionalProperties: false,
  properties: {
    as_of: { type: 'string', minLength: 1, maxLength: 40, description: 'Count events up to this time only.' },
    force: { type: 'boolean', description: 'Publish although the population drifted.' },
  },
} as const;

export type Request = FromSchema<typeof request>;

const count = { type: 'integer', minimum: 0 } as const;

export const reply = {
  type: 'object',
  required: [
    'success',
    'message',
    'total_users_processed',
    'cluster_distribution',
    'model_version',
    'run_id',
    'duration_ms',
    'quality',
    'users_written',
    'users_removed',
    'as_of',
    'source',
    'moves',
    'checks',
  ],
  properties: {
    success: { const: true },
    message: { type: 'string' },
    total_users_processed: count,
    cluster_distribution: {
      type: 'object',
      required: ['cluster_0', 'cluster_1', 'cluster_2', 'cluster_3'],
      properties: { cluster_0: count, cluster_1: count, cluster_2: count, cluster_3: count },
    },
    model_version: { type: 'string' },
    run_id: { type: 'string' },
    duration_ms: { type: 'number' },
    quality: qualitySchema,
    users_written: count,
    users_removed: count,
    as_of: { type: 'string' },
    source: { type: 'object', description: 'What the exports held, and what was left out and why.' },
    moves: {
      type: 'object',
      required: ['matrix', 'new_users', 'vanished_users'],
      properties: {
        matrix: {
          type: 'array',
          items: { type: 'array', items: count },
          description: 'Users by [from][to] cluster.',
        },
        new_users: count,
        vanished_users: count,
      },
    },
    checks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'result', 'figure'],
        properties: {
          name: { type: 'string' },
          result: { enum: ['PASS', 'WARN', 'FAIL'] },
          figure: { type: 'string' },
        },
      },
    },
  },
} as const;
