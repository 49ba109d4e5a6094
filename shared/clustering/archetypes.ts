import { FEATURES, type Feature } from '../features/features.ts';
import { type Matrix, row } from './matrix.ts';
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
  /** Why the four archetypes are not recognisable in these centroids; empty when they are. */
  readonly faults: readonly string[];
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

const span = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

function unit(values: readonly number[]): number[] {
  const low = Math.min(...values);
  return values.map((value) => (value - low) / (span(values) || 1));
}

/** Centroids nearer to each other than this, in standard deviations, do not differ in what is measured. */
const LEAST_SPREAD = 0.5;
/** The e-mail specialists' mail use must lead their content use by this much more than anyone else's does. */
const LEAST_PREFERENCE = 0.2;

/** What the named centroids must show for their names to be true. */
function faultsOf(order: readonly number[], content: readonly number[], mail: readonly number[]): string[] {
  const at = (values: readonly number[], id: ClusterId): number => values[order[id] as number] as number;
  const lead = mail.map((value, centroid) => value - (content[centroid] as number));
  const activity = mail.map((value, centroid) => value + (content[centroid] as number));
  const rules: [holds: boolean, fault: string][] = [
    [span(content) >= LEAST_SPREAD, 'no cluster differs in content use'],
    [span(mail) >= LEAST_SPREAD, 'no cluster differs in mail use'],
    [at(content, 2) === Math.max(...content), 'the super users do not use the most content'],
    [at(activity, 3) === Math.min(...activity), 'the inactive users are not the least active'],
    [
      ([0, 2, 3] as const).every((id) => at(lead, 1) >= at(lead, id) + LEAST_PREFERENCE),
      'the e-mail specialists do not prefer mails',
    ],
    [at(mail, 1) > at(mail, 3), 'the e-mail specialists use no more mail than the inactive'],
    [at(content, 0) > at(content, 1), 'the balanced users use no more content than the e-mail specialists'],
  ];
  return rules.flatMap(([holds, fault]) => (holds ? [] : [fault]));
}

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

/** Share of users, those of most content use, that the start takes for super users. */
const SUPER_SHARE = 0.03;

/**
 * Centroids to start k-means from when fresh starts do not find the archetypes: the means of the users who use the
 * most content, of the others above average in content use, of the rest above average in mail use, and of the rest.
 * @returns four centroids in the order of the ids, or null when one of the groups is empty
 */
export function archetypeStart(points: Matrix, scaler: Scaler): number[][] | null {
  const rows = Array.from({ length: points.rows }, (_, index) => Array.from(row(points, index)));
  const content = level(rows, scaler, CONTENT);
  const mail = level(rows, scaler, MAIL);
  const top = content.toSorted((a, b) => b - a)[Math.floor(SUPER_SHARE * rows.length)] ?? 0;
  const groups: number[][][] = [[], [], [], []];
  rows.forEach((values, index) => {
    const used = content[index] as number;
    groups[used > top ? 2 : used > 0 ? 0 : (mail[index] as number) > 0 ? 1 : 3]?.push(values);
  });
  if (groups.some((group) => group.length === 0)) return null;
  return groups.map((group) =>
    (group[0] as number[]).map((_, i) => average(group.map((values) => values[i] as number))),
  );
}

/**
 * Decides which centroid is which archetype, from the centroids alone and never from their index: of the 24
 * possible namings, the one with the least squared distance to the archetypes' standpoints on content and mail use.
 * @param centroids four centroids in the space of `scaler`
 */
export function nameCentroids(centroids: Centroids, scaler: Scaler): Naming {
  const levels = { content: level(centroids, scaler, CONTENT), mail: level(centroids, scaler, MAIL) };
  const content = unit(levels.content);
  const mail = unit(levels.mail);
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
  return {
    order: first.order,
    confidence: second.cost === 0 ? 0 : 1 - first.cost / second.cost,
    faults: faultsOf(first.order, levels.content, levels.mail),
  };
}
