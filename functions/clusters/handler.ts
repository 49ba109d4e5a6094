import type { Handler } from '../../shared/http/endpoint.ts';
import { modelReply } from '../../shared/http/model-reply.ts';
import type { Published } from '../../shared/storage/published.ts';

interface Deps {
  readonly published: Pick<Published, 'snapshot'>;
}

/** Replies the clusters of the published model. */
export const handler =
  ({ published }: Deps): Handler =>
  async () => {
    const snapshot = await published.snapshot();
    const { version, computed_at, as_of, users, clusters } = snapshot.profiles;
    return modelReply(snapshot, 'clusters', (status) => ({
      success: true,
      model_version: version,
      computed_at,
      as_of,
      total_users: users,
      status,
      clusters,
    }));
  };
