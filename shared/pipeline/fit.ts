import { archetypeStart, CLUSTER_IDS, nameCentroids } from '../clustering/archetypes.ts';
import { DegenerateClustersError, type Fit, fit, refine } from '../clustering/kmeans.ts';
import type { Matrix } from '../clustering/matrix.ts';
import type { Model } from '../clustering/model.ts';
import { distributionOf } from '../clustering/drift.ts';
import { predict } from '../clustering/predict.ts';
import { daviesBouldin, silhouette } from '../clustering/quality.ts';
import { fitScaler, type Scaler, scale } from '../clustering/scaling.ts';
import { ModelRejectedError } from '../errors.ts';
import { FEATURES } from '../features/features.ts';

const K = CLUSTER_IDS.length;
/** Fresh starts of a fit, and the rows each of them sees. */
export const RESTARTS = 10;
export const SAMPLE_ROWS = 2000;
const SILHOUETTE_ROWS = 1500;
/** A fresh fit replaces the warm one only if its inertia is lower by more than this share. */
export const MARGIN = 0.02;

/** The model served before, to start from. */
export interface Parent {
  readonly version: string;
  readonly model: Model;
}

export interface Fitted {
  readonly model: Model;
  /** Cluster id of every user, in the order of the population. */
  readonly labels: Uint8Array;
  /** Why the archetypes are not recognisable; empty when they are. */
  readonly namingFaults: readonly string[];
  /** Inertia of the best fresh fit, whatever its clusters mean. */
  readonly freshInertia: number;
}

/** Centroids of one scaler's space in another's: the log of the counts is the same, only mean and deviation changed. */
export function mapCentroids(centroids: Model['centroids'], from: Scaler, to: Scaler): number[][] {
  return centroids.map((centroid) =>
    to.kept.map((column) => {
      const at = from.kept.indexOf(column);
      const logged =
        (from.mean[column] as number) +
        (at < 0 ? 0 : (centroid[at] as number) * (from.std[column] as number));
      return (logged - (to.mean[column] as number)) / (to.std[column] as number);
    }),
  );
}

type Init = Model['lineage']['init'];

interface Candidate {
  readonly init: Init;
  readonly fit: Fit;
  /** True when the four archetypes are recognisable in it. */
  readonly recognisable: boolean;
}

/** A candidate, or null when its start lost a cluster on the way. */
function candidate(init: Init, scaler: Scaler, make: () => Fit): Candidate | null {
  try {
    const made = make();
    return { init, fit: made, recognisable: nameCentroids(made.centroids, scaler).faults.length === 0 };
  } catch (error) {
    if (error instanceof DegenerateClustersError) return null;
    throw error;
  }
}

/**
 * The clusters to publish. The parent's, refined, stand unless a fresh fit is better by the margin; clusters in which
 * the archetypes are recognisable come before all others, because the meaning of an id must not change. If a fresh fit
 * does not show them, one that starts from the archetypes is tried.
 * @throws DegenerateClustersError when the rows do not hold four distinct clusters
 */
function choose(
  points: Matrix,
  scaler: Scaler,
  seed: number,
  parent: Parent | null,
): { taken: Candidate; fresh: Fit } {
  const fresh = fit(points, { k: K, seed, restarts: RESTARTS, sampleRows: SAMPLE_ROWS });
  const init = parent ? 'challenger' : 'fresh';
  const best = candidate(init, scaler, () => fresh) as Candidate;
  const start = best.recognisable ? null : archetypeStart(points, scaler);
  const guided = start && candidate('archetypes', scaler, () => refine(points, start));
  const challenger = guided?.recognisable ? guided : best;
  const warm =
    parent &&
    candidate('warm', scaler, () =>
      refine(points, mapCentroids(parent.model.centroids, parent.model.scaler, scaler)),
    );
  if (!warm) return { taken: challenger, fresh };
  const isBetter = challenger.fit.inertia < warm.fit.inertia * (1 - MARGIN);
  const wins = challenger.recognisable === warm.recognisable ? isBetter : challenger.recognisable;
  return { taken: wins ? challenger : warm, fresh };
}

/**
 * Fits the four clusters: log1p, standardise, k-means from the parent's centroids beside a fresh challenger, then
 * names the clusters. Labels are recomputed from the centroids of the model, so the two always agree.
 * @param counts raw counts, one row per user by rising id
 * @throws ModelRejectedError when the users do not fall into four clusters
 */
export function fitModel(counts: Matrix, asOf: string, seed: number, parent: Parent | null): Fitted {
  const scaler = fitScaler(counts);
  const points = scale(counts, scaler);
  let choice: ReturnType<typeof choose>;
  try {
    choice = choose(points, scaler, seed, parent);
  } catch (error) {
    if (!(error instanceof DegenerateClustersError)) throw error;
    const message = `No four clusters can be made of this export: ${error.message}`;
    throw new ModelRejectedError(
      message,
      [{ name: 'four clusters', result: 'FAIL', figure: error.message }],
      error,
    );
  }
  const { order, confidence, faults } = nameCentroids(choice.taken.fit.centroids, scaler);
  const centroids = order.map((index) => [...(choice.taken.fit.centroids[index] as number[])]);
  const { labels, counts: sizes, inertia } = predict(points, centroids);
  const model: Model = {
    schema_version: 1,
    as_of: asOf,
    users: counts.rows,
    features: [...FEATURES],
    scaler: { ...scaler, kept: [...scaler.kept], mean: [...scaler.mean], std: [...scaler.std] },
    centroids,
    distribution: distributionOf(counts),
    lineage: {
      parent: parent?.version ?? null,
      init: choice.taken.init,
      seed,
      restarts: RESTARTS,
      margin: MARGIN,
    },
    quality: {
      inertia,
      silhouette: silhouette(points, labels, K, SILHOUETTE_ROWS),
      davies_bouldin: daviesBouldin(points, labels, centroids),
      smallest_share: Math.min(...sizes) / counts.rows,
      largest_share: Math.max(...sizes) / counts.rows,
      naming_confidence: confidence,
    },
  };
  return { model, labels, namingFaults: faults, freshInertia: choice.fresh.inertia };
}
