import { clustersSchema } from '../../shared/clustering/model.ts';
import type { Operation } from '../../shared/http/operation.ts';

export const operation: Operation = { name: 'clusters', method: 'GET', path: '/clusters', access: 'public' };

export const summary = 'The four behavioural clusters: sizes, shares and mean behaviour.';

export const reply = {
  type: 'object',
  required: ['success', 'model_version', 'computed_at', 'as_of', 'total_users', 'status', 'clusters'],
  properties: {
    success: { const: true },
    model_version: { type: 'string' },
    computed_at: { type: 'string' },
    as_of: { type: 'string', description: 'Events up to this time were counted.' },
    total_users: { type: 'integer' },
    status: { enum: ['ready', 'degraded'] },
    clusters: clustersSchema,
  },
} as const;
