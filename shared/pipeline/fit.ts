import { CLUSTER_IDS, nameCentroids } from '../clustering/archetypes.ts';
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
const RESTARTS = 10;
const SAMPLE_ROWS = 4000;
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
  /** Inertia of the fit that was not taken, null when there was only one. */
  readonly otherInertia: number | null;
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

function choose(points: Matrix, scaler: Scaler, seed: number, parent: Parent | null) {
  const fresh = (): Fit => fit(points, { k: K, seed, restarts: RESTARTS, sampleRows: SAMPLE_ROWS });
  if (!parent) return { init: 'fresh' as const, taken: fresh(), other: null };
  const challenger = fresh();
  let warm: Fit;
  try {
    warm = refine(points, mapCentroids(parent.model.centroids, parent.model.scaler, scaler));
  } catch (error) {
    if (!(error instanceof DegenerateClustersError)) throw error;
    return { init: 'challenger' as const, taken: challenger, other: null };
  }
  return challenger.inertia < warm.inertia * (1 - MARGIN)
    ? { init: 'challenger' as const, taken: challenger, other: warm }
    : { init: 'warm' as const, taken: warm, other: challenger };
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
  const { order, confidence, faults } = nameCentroids(choice.taken.centroids, scaler);
  const centroids = order.map((index) => [...(choice.taken.centroids[index] as number[])]);
  const { labels, counts: sizes, inertia } = predict(points, centroids);
  const model: Model = {
    schema_version: 1,
    as_of: asOf,
    users: counts.rows,
    features: [...FEATURES],
    scaler: { ...scaler, kept: [...scaler.kept], mean: [...scaler.mean], std: [...scaler.std] },
    centroids,
    distribution: distributionOf(counts),
    lineage: { parent: parent?.version ?? null, init: choice.init, seed, restarts: RESTARTS, margin: MARGIN },
    quality: {
      inertia,
      silhouette: silhouette(points, labels, K, SILHOUETTE_ROWS),
      davies_bouldin: daviesBouldin(points, labels, centroids),
      smallest_share: Math.min(...sizes) / counts.rows,
      largest_share: Math.max(...sizes) / counts.rows,
      naming_confidence: confidence,
    },
  };
  return { model, labels, namingFaults: faults, otherInertia: choice.other?.inertia ?? null };
}
