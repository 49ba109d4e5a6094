import type { Operation } from '../../shared/http/operation.ts';
import { recommendationsSchema } from '../../shared/recommendation/schema.ts';

export const operation: Operation = {
  name: 'recommend',
  method: 'GET',
  path: '/recommend/{cluster_id}',
  access: 'public',
};

export const summary = 'What to recommend to the users of a cluster.';

export const parameters = { cluster_id: { type: 'integer', minimum: 0, maximum: 3 } } as const;

export const reply = {
  type: 'object',
  required: ['success', 'cluster_id', 'recommendations', 'model_version', 'status'],
  properties: {
    success: { const: true },
    cluster_id: { type: 'integer' },
    recommendations: recommendationsSchema,
    model_version: { type: 'string' },
    status: { enum: ['ready', 'degraded'] },
  },
} as const;
