import { NIVEAUX } from '../../shared/features/profile.ts';
import type { Operation } from '../../shared/http/operation.ts';
import { recommendationsSchema } from '../../shared/recommendation/schema.ts';

export const operation: Operation = {
  name: 'user-profile',
  method: 'GET',
  path: '/user/{user_id}/profile',
  access: 'client',
};

export const summary = 'Profile, cluster and recommendations of one user.';

export const parameters = {
  user_id: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
} as const;

export const reply = {
  type: 'object',
  required: ['success', 'data'],
  properties: {
    success: { const: true },
    data: {
      type: 'object',
      required: ['user_id', 'profile', 'cluster', 'recommendations', 'model_version', 'computed_at'],
      properties: {
        user_id: { type: 'integer' },
        profile: {
          type: 'object',
          required: ['anciennete', 'degre', 'academie', 'niveaux_enseignes', 'discipline'],
          properties: {
            anciennete: { type: ['integer', 'null'], description: 'Years of service.' },
            degre: { type: ['integer', 'null'], enum: [1, 2, 3, null] },
            academie: { type: ['string', 'null'] },
            niveaux_enseignes: { type: 'array', items: { enum: NIVEAUX } },
            discipline: { type: ['string', 'null'] },
          },
        },
        cluster: {
          type: 'object',
          required: ['id', 'name'],
          properties: { id: { type: 'integer' }, name: { type: 'string' } },
        },
        recommendations: recommendationsSchema,
        model_version: { type: 'string' },
        computed_at: { type: 'string' },
      },
    },
  },
} as const;
