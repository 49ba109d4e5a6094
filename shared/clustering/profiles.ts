import { FEATURES, type Feature } from '../features/features.ts';
import { ARCHETYPES, CLUSTER_IDS } from './archetypes.ts';
import type { Matrix } from './matrix.ts';
import type { ClusterProfile, Profiles } from './model.ts';
import { fitScaler } from './scaling.ts';

/** What each feature counts, for people. */
const LABELS: Readonly<Record<Feature, { en: string; fr: string }>> = {
  nb_fiche_outils: { en: 'tool-sheet downloads', fr: 'téléchargements de fiches outils' },
  nb_guide_pratique: { en: 'guide downloads', fr: 'téléchargements de guides pratiques' },
  nb_transition_ecologique: { en: 'uses on ecological transition', fr: 'usages « transition écologique »' },
  nb_sante_mentale: { en: 'uses on mental health', fr: 'usages « santé mentale »' },
  nb_ecole_inclusive: { en: 'uses on inclusive school', fr: 'usages « école inclusive »' },
  nb_cps: { en: 'uses on psychosocial skills', fr: 'usages « compétences psychosociales »' },
  nb_reussite_tous_eleves: {
    en: 'uses on success of all students',
    fr: 'usages « réussite de tous les élèves »',
  },
  total_interactions_x: { en: 'content uses', fr: 'usages de contenus' },
  diversite_contenus: { en: 'different contents used', fr: 'contenus différents utilisés' },
  nb_vote: { en: 'votes', fr: 'votes' },
  nb_comments: { en: 'comments', fr: 'commentaires' },
  nb_opened_mail: { en: 'mails opened', fr: 'e-mails ouverts' },
  nb_clicked_mail: { en: 'mail clicks', fr: 'clics dans les e-mails' },
};

/** Traits of a cluster; one more where all of them go one way and another feature the other way. */
const TRAITS = 3;
/**
 * Least standardised difference of each grade; below the first a feature is no trait. Most users leave most counts at 0,
 * so that even a cluster without any lies less than a deviation below the average.
 */
const SLIGHT = 0.2;
const CLEAR = 0.3;
const FAR = 0.6;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Mean of each column per label, and over all rows as the last entry. */
function columnMeans(
  counts: Matrix,
  labels: Uint8Array,
  sizes: readonly number[],
  of: (count: number) => number,
): number[][] {
  const sums = Array.from({ length: sizes.length + 1 }, () => new Array<number>(counts.columns).fill(0));
  const all = sums[sizes.length] as number[];
  for (let index = 0, at = 0; index < counts.rows; index++) {
    const own = sums[labels[index] as number] as number[];
    for (let column = 0; column < counts.columns; column++, at++) {
      const value = of(counts.values[at] as number);
      own[column] = (own[column] as number) + value;
      all[column] = (all[column] as number) + value;
    }
  }
  return sums.map((sum, id) => sum.map((value) => value / Math.max(1, sizes[id] ?? counts.rows)));
}

/** A figure with no more digits than say something. */
const spoken = (times: number): string => String(rounded(times, times >= 10 ? 0 : times >= 2 ? 1 : 2));

/** How far above or below the average, in words. */
function grade(difference: number): { en: string; fr: string } {
  const size = Math.abs(difference);
  const isAbove = difference > 0;
  if (size < SLIGHT) return { en: 'near the average', fr: 'proche de la moyenne' };
  const [en, fr] =
    size >= FAR ? ['far', 'très'] : size >= CLEAR ? ['clearly', 'nettement'] : ['slightly', 'un peu'];
  return isAbove
    ? { en: `${en} above the average`, fr: `${fr} au-dessus de la moyenne` }
    : { en: `${en} below the average`, fr: `${fr} en dessous de la moyenne` };
}

interface Distance {
  readonly feature: Feature;
  /** Standardised difference of the logs: from the mean of all, in deviations of all. */
  readonly difference: number;
  /** Mean of the counts as a multiple of that of all. */
  readonly times: number;
}

function traitOf({ feature, difference, times }: Distance): ClusterProfile['traits'][number] {
  const { en, fr } = LABELS[feature];
  const words = grade(difference);
  const figure = spoken(times);
  // A few very active users can lift the mean of all above that of a cluster which does more than most: no figure then.
  const agrees = Math.abs(difference) < SLIGHT || Math.sign(Number(figure) - 1) === Math.sign(difference);
  return {
    feature,
    times_average: rounded(times, 2),
    difference: rounded(difference, 2),
    en: `${en}: ${words.en}${agrees ? ` (${figure} × the mean)` : ''}`,
    fr: `${fr} : ${words.fr}${agrees ? ` (${figure.replace('.', ',')} × la moyenne)` : ''}`,
  };
}

/** The features that set a cluster apart most, the strongest first, with one of each direction where there is one. */
function traitsOf(distances: readonly Distance[]): ClusterProfile['traits'] {
  const ranked = [...distances].sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
  const notable = ranked.filter(({ difference }) => Math.abs(difference) >= SLIGHT);
  const taken = notable.length > 0 ? notable.slice(0, TRAITS) : ranked.slice(0, 1);
  const directions = new Set(taken.map(({ difference }) => Math.sign(difference)));
  const other = notable.slice(TRAITS).find(({ difference }) => !directions.has(Math.sign(difference)));
  return [...taken, ...(other ? [other] : [])].map(traitOf);
}

/** The four clusters as people read them: size, share, mean of each feature, and what sets each apart. */
export function describeClusters(counts: Matrix, labels: Uint8Array): Profiles['clusters'] {
  const sizes = CLUSTER_IDS.map((id) => labels.reduce((sum, label) => sum + (label === id ? 1 : 0), 0));
  const means = columnMeans(counts, labels, sizes, (count) => count);
  const averages = means[sizes.length] as number[];
  const logs = columnMeans(counts, labels, sizes, Math.log1p);
  const { mean, std } = fitScaler(counts);
  const distance = (id: number, feature: Feature, column: number): Distance => {
    const average = averages[column] as number;
    const deviation = std[column] as number;
    const apart = ((logs[id] as number[])[column] as number) - (mean[column] as number);
    return {
      feature,
      difference: deviation > 0 ? apart / deviation : 0,
      times: average > 0 ? ((means[id] as number[])[column] as number) / average : 1,
    };
  };
  const describe = (id: number): ClusterProfile => {
    const { name, description, fr } = ARCHETYPES[id] as (typeof ARCHETYPES)[number];
    const own = means[id] as number[];
    return {
      name,
      label: { en: name, fr: fr.name },
      count: sizes[id] as number,
      percentage: rounded((100 * (sizes[id] as number)) / Math.max(1, counts.rows), 1),
      description,
      profile: Object.fromEntries(
        FEATURES.map((feature, column) => [feature, rounded(own[column] as number, 4)]),
      ) as Record<Feature, number>,
      traits: traitsOf(FEATURES.map((feature, column) => distance(id, feature, column))),
    };
  };
  return { '0': describe(0), '1': describe(1), '2': describe(2), '3': describe(3) };
}
