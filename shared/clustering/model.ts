import type { FromSchema } from 'json-schema-to-ts';
import { FEATURES, type Feature } from '../features/features.ts';
import type { ClusterId } from './archetypes.ts';

const number = { type: 'number' } as const;
const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const perFeature = {
  type: 'array',
  minItems: FEATURES.length,
  maxItems: FEATURES.length,
  items: number,
} as const;

const quality = {
  type: 'object',
  description: 'How good the clusters are. Inertia is the sum of squared distances in the scaled space.',
  required: [
    'inertia',
    'silhouette',
    'davies_bouldin',
    'smallest_share',
    'largest_share',
    'naming_confidence',
  ],
  properties: {
    inertia: number,
    silhouette: number,
    davies_bouldin: number,
    smallest_share: number,
    largest_share: number,
    naming_confidence: number,
  },
} as const;

/** `models/<version>/model.json`: all that prediction needs, a function of data, seed and parent alone. */
export const modelSchema = {
  $id: 'model',
  type: 'object',
  required: [
    'schema_version',
    'as_of',
    'users',
    'features',
    'scaler',
    'centroids',
    'distribution',
    'lineage',
    'quality',
  ],
  properties: {
    schema_version: { const: 1 },
    as_of: { ...text, description: 'Events up to this time count (ISO 8601, UTC).' },
    users: count,
    features: { type: 'array', items: text },
    scaler: {
      type: 'object',
      required: ['transform', 'kept', 'mean', 'std'],
      properties: {
        transform: { const: 'log1p' },
        kept: { type: 'array', items: count },
        mean: perFeature,
        std: perFeature,
      },
    },
    centroids: {
      type: 'array',
      description: 'centroids[id] is the centroid of cluster `id`, in the scaled space, kept columns only.',
      minItems: 4,
      maxItems: 4,
      items: { type: 'array', items: number },
    },
    distribution: {
      type: 'array',
      description:
        'Per feature: upper edges of its bins and the share of users in each; later runs measure drift by it.',
      minItems: FEATURES.length,
      maxItems: FEATURES.length,
      items: {
        type: 'object',
        required: ['edges', 'shares'],
        properties: { edges: { type: 'array', items: number }, shares: { type: 'array', items: number } },
      },
    },
    lineage: {
      type: 'object',
      required: ['parent', 'init', 'seed', 'restarts', 'margin'],
      properties: {
        parent: { type: ['string', 'null'] },
        init: { enum: ['fresh', 'warm', 'challenger', 'archetypes'] },
        seed: count,
        restarts: count,
        margin: number,
      },
    },
    quality,
  },
} as const;

const bilingual = { type: 'object', required: ['en', 'fr'], properties: { en: text, fr: text } } as const;

const clusterProfile = {
  type: 'object',
  required: ['name', 'label', 'count', 'percentage', 'description', 'profile', 'traits'],
  properties: {
    name: text,
    label: bilingual,
    count,
    percentage: { ...number, description: 'Share of all users, in per cent, to one decimal.' },
    description: text,
    profile: {
      type: 'object',
      description: 'Mean of each of the 13 behaviour features over the users of the cluster.',
      required: FEATURES,
      additionalProperties: number,
    },
    traits: {
      type: 'array',
      description:
        'What sets the cluster apart: the features furthest above or below the average of all users, the strongest first.',
      items: {
        type: 'object',
        required: ['feature', 'times_average', 'en', 'fr'],
        properties: {
          feature: text,
          times_average: {
            ...number,
            description: 'Mean of the cluster as a multiple of that of all users.',
          },
          difference: {
            ...number,
            description:
              'Standardised difference of the logs: how many standard deviations of all users the cluster lies above the average (below it: negative). Versions made before it was computed lack it.',
          },
          en: text,
          fr: text,
        },
      },
    },
  },
} as const;

/** The four clusters as people read them, by id. */
export const clustersSchema = {
  type: 'object',
  required: ['0', '1', '2', '3'],
  additionalProperties: clusterProfile,
} as const;

/** `models/<version>/profiles.json`: all that serving needs of a version. */
export const profilesSchema = {
  $id: 'profiles',
  type: 'object',
  required: ['schema_version', 'version', 'computed_at', 'as_of', 'users', 'clusters'],
  properties: {
    schema_version: { const: 1 },
    version: text,
    computed_at: text,
    as_of: text,
    users: count,
    clusters: clustersSchema,
  },
} as const;

/** `models/current.json`: which version is served, and which user entries belong to it. */
export const pointerSchema = {
  $id: 'pointer',
  type: 'object',
  required: ['schema_version', 'version', 'sequence', 'computed_at'],
  properties: {
    schema_version: { const: 1 },
    version: text,
    sequence: {
      ...count,
      description: 'Readers take the newest entry of a user that is not newer than this.',
    },
    computed_at: text,
    as_of: { ...text, description: 'End of its data: years of service count up to this year.' },
    published: {
      type: 'array',
      items: text,
      description: 'Versions that were served, the latest first: they are kept, and may be served again.',
    },
    fence: {
      ...count,
      description: 'Token of the run that is publishing: an older run can no longer move the pointer.',
    },
  },
} as const;

export const qualitySchema = quality;
export type Quality = FromSchema<typeof quality>;
export type Model = FromSchema<typeof modelSchema>;
export type ClusterProfile = FromSchema<typeof clusterProfile> & { profile: Record<Feature, number> };
export type Profiles = FromSchema<typeof profilesSchema> & {
  clusters: Record<`${ClusterId}`, ClusterProfile>;
};
export type Pointer = FromSchema<typeof pointerSchema>;

/** When the data of the served version end; a pointer of an older form says so in the version's name alone. */
export function asOfOf({ as_of, version, computed_at }: Pointer): string {
  const [, year, month, day] = /^\d+-(\d{4})(\d\d)(\d\d)-/.exec(version) ?? [];
  return as_of ?? (year === undefined ? computed_at : `${year}-${month}-${day}T00:00:00.000Z`);
}
