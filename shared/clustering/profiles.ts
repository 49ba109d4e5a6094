import { FEATURES, type Feature } from '../features/features.ts';
import { ARCHETYPES, CLUSTER_IDS } from './archetypes.ts';
import type { Matrix } from './matrix.ts';
import type { ClusterProfile, Profiles } from './model.ts';

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

const TRAITS = 3;
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Mean of each column per label, and over all rows as the last entry. */
function columnMeans(counts: Matrix, labels: Uint8Array, sizes: readonly number[]): number[][] {
  const sums = Array.from({ length: sizes.length + 1 }, () => new Array<number>(counts.columns).fill(0));
  const all = sums[sizes.length] as number[];
  for (let index = 0, at = 0; index < counts.rows; index++) {
    const own = sums[labels[index] as number] as number[];
    for (let column = 0; column < counts.columns; column++, at++) {
      own[column] = (own[column] as number) + (counts.values[at] as number);
      all[column] = (all[column] as number) + (counts.values[at] as number);
    }
  }
  return sums.map((sum, id) => sum.map((value) => value / Math.max(1, sizes[id] ?? counts.rows)));
}

function traitsOf(means: readonly number[], averages: readonly number[]): ClusterProfile['traits'] {
  return FEATURES.map((feature, column) => {
    const average = averages[column] as number;
    return { feature, times: average > 0 ? (means[column] as number) / average : 1 };
  })
    .sort((a, b) => Math.abs(Math.log(b.times + 0.01)) - Math.abs(Math.log(a.times + 0.01)))
    .slice(0, TRAITS)
    .map(({ feature, times }) => {
      const times_average = rounded(times, 2);
      const { en, fr } = LABELS[feature];
      return {
        feature,
        times_average,
        en: `${en}: ${times_average} × the average`,
        fr: `${fr} : ${String(times_average).replace('.', ',')} × la moyenne`,
      };
    });
}

/** The four clusters as people read them: size, share, mean of each feature, and what sets each apart. */
export function describeClusters(counts: Matrix, labels: Uint8Array): Profiles['clusters'] {
  const sizes = CLUSTER_IDS.map((id) => labels.reduce((sum, label) => sum + (label === id ? 1 : 0), 0));
  const means = columnMeans(counts, labels, sizes);
  const averages = means[sizes.length] as number[];
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
      traits: traitsOf(own, averages),
    };
  };
  return { '0': describe(0), '1': describe(1), '2': describe(2), '3': describe(3) };
}
