const text = { type: 'string' } as const;

/** Recommendations as two functions reply them. */
export const recommendationsSchema = {
  type: 'object',
  required: [
    'cluster_name',
    'strategy',
    'recommended_content_types',
    'engagement_approach',
    'description',
    'next_steps',
    'fr',
  ],
  properties: {
    cluster_name: text,
    strategy: text,
    recommended_content_types: { type: 'array', items: text },
    engagement_approach: text,
    description: text,
    next_steps: text,
    fr: {
      type: 'object',
      required: ['strategy', 'description', 'next_steps'],
      properties: { strategy: text, description: text, next_steps: text },
    },
  },
} as const;
