import { FEATURES, type Feature } from '../features/features.ts';
import type { Centroids } from './predict.ts';
import type { Scaler } from './scaling.ts';

/** The four clusters. Ids never change their meaning; names are those of the public contract. */
export const ARCHETYPES = [
  {
    id: 0,
    name: 'Balanced Users',
    description: 'Users with moderate and diversified platform usage',
    fr: { name: 'Utilisateurs équilibrés', description: 'Usage modéré et varié de la plateforme' },
  },
  {
    id: 1,
    name: 'Email Specialists',
    description: 'Highly active on emails but minimal platform content usage',
    fr: {
      name: 'Spécialistes des e-mails',
      description: 'Très actifs sur les e-mails, très peu sur les contenus',
    },
  },
  {
    id: 2,
    name: 'Super Users',
    description: 'Highly engaged users consuming diverse content types intensively',
    fr: { name: 'Super-utilisateurs', description: 'Très engagés, usage intensif de contenus variés' },
  },
  {
    id: 3,
    name: 'Inactive Users',
    description: 'Low engagement across all platform features',
    fr: { name: 'Utilisateurs inactifs', description: 'Faible engagement sur toute la plateforme' },
  },
] as const;

export const CLUSTER_IDS = [0, 1, 2, 3] as const;
export type ClusterId = (typeof CLUSTER_IDS)[number];

export interface Naming {
  /** order[id] is the index of the centroid that is cluster `id`. */
  readonly order: readonly number[];
  /** 0 (another naming is as good) to 1 (no other comes near). */
  readonly confidence: number;
}

const CONTENT: readonly Feature[] = ['total_interactions_x', 'diversite_contenus'];
const MAIL: readonly Feature[] = ['nb_opened_mail', 'nb_clicked_mail'];

/** Where each archetype stands on (content use, mail use), both 0…1 between the lowest and highest centroid. */
const STANDPOINTS: readonly { content: number; mail: number; mailWeight: number }[] = [
  { content: 0.5, mail: 0.5, mailWeight: 0.5 },
  { content: 0, mail: 1, mailWeight: 1 },
  { content: 1, mail: 0.75, mailWeight: 0.1 },
  { content: 0, mail: 0, mailWeight: 1 },
];

const average = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean scaled value of the given features per centroid; features left out by the scaler do not count. */
function level(centroids: Centroids, scaler: Scaler, features: readonly Feature[]): number[] {
  const columns = features
    .map((feature) => scaler.kept.indexOf(FEATURES.indexOf(feature)))
    .filter((column) => column >= 0);
  return centroids.map((centroid) => average(columns.map((column) => centroid[column] as number)));
}

function unit(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  return values.map((value) => (span === 0 ? 0 : (value - low) / span));
}

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

/**
 * Decides which centroid is which archetype, from the centroids alone and never from their index: of the 24
 * possible namings, the one with the least squared distance to the archetypes' standpoints on content and mail use.
 * @param centroids four centroids in the space of `scaler`
 */
export function nameCentroids(centroids: Centroids, scaler: Scaler): Naming {
  const content = unit(level(centroids, scaler, CONTENT));
  const mail = unit(level(centroids, scaler, MAIL));
  const cost = (centroid: number, archetype: number): number => {
    const at = STANDPOINTS[archetype] as (typeof STANDPOINTS)[number];
    return (
      ((content[centroid] as number) - at.content) ** 2 +
      at.mailWeight * ((mail[centroid] as number) - at.mail) ** 2
    );
  };
  const ranked = permutations(CLUSTER_IDS)
    .map((order) => ({ order, cost: order.reduce((sum, centroid, id) => sum + cost(centroid, id), 0) }))
    .sort((a, b) => a.cost - b.cost);
  const [first, second] = ranked as [(typeof ranked)[number], (typeof ranked)[number]];
  return { order: first.order, confidence: second.cost === 0 ? 0 : 1 - first.cost / second.cost };
}
