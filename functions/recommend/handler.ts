import { CLUSTER_IDS, type ClusterId } from '../../shared/clustering/archetypes.ts';
import { InvalidRequestError, ServiceError } from '../../shared/errors.ts';
import type { Handler } from '../../shared/http/endpoint.ts';
import { modelReply } from '../../shared/http/model-reply.ts';
import { recommend } from '../../shared/recommendation/strategies.ts';
import type { Published } from '../../shared/storage/published.ts';

interface Deps {
  readonly published: Pick<Published, 'pointer'>;
}

const available = { available_clusters: CLUSTER_IDS };

function clusterId(text: string): ClusterId {
  if (!/^-?(0|[1-9]\d*)$/.test(text)) {
    const details = [{ pointer: '/cluster_id', reason: 'not an integer' }];
    throw new InvalidRequestError('The cluster id must be 0, 1, 2 or 3.', details, available);
  }
  const found = CLUSTER_IDS.find((id) => String(id) === text);
  if (found === undefined) {
    throw new ServiceError('unknown_cluster', `There is no cluster ${text.slice(0, 20)}: use 0, 1, 2 or 3.`, {
      body: available,
    });
  }
  return found;
}

/** Replies the strategy for one cluster. */
export const handler =
  ({ published }: Deps): Handler =>
  async ({ parameters }) => {
    const id = clusterId(parameters['cluster_id'] as string);
    const served = await published.pointer();
    return modelReply(served, `recommend/${id}`, (status) => ({
      success: true,
      cluster_id: id,
      recommendations: recommend(id),
      model_version: served.pointer.version,
      status,
    }));
  };
