import type { Operation } from '../../shared/http/operation.ts';

export const operation: Operation = { name: 'health', method: 'GET', path: '/', access: 'public' };

export const summary = 'Is the service running, and which model does it serve?';

export const reply = {
  type: 'object',
  required: ['success', 'message', 'status', 'version', 'model', 'data_age_days'],
  properties: {
    success: { const: true },
    message: { type: 'string' },
    status: { enum: ['running', 'degraded'] },
    version: { type: 'string' },
    missing: {
      type: 'array',
      items: { type: 'string' },
      description: 'What cannot be reached, when degraded.',
    },
    model: {
      type: ['object', 'null'],
      required: ['version', 'trained_at'],
      properties: { version: { type: 'string' }, trained_at: { type: 'string' } },
    },
    data_age_days: {
      type: ['integer', 'null'],
      minimum: 0,
      description: 'Whole days since the end of the data that the model was made from.',
    },
  },
} as const;
