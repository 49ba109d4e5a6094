import { InvalidRequestError, ServiceError } from '../../shared/errors.ts';
import type { Handler } from '../../shared/http/endpoint.ts';
import { recommend } from '../../shared/recommendation/strategies.ts';
import type { Published, Snapshot } from '../../shared/storage/published.ts';
import { type UserStore, visibleEntry } from '../../shared/storage/users.ts';

interface Deps {
  readonly published: Pick<Published, 'snapshot'>;
  readonly users: Pick<UserStore, 'get'>;
}

function userId(text: string): number {
  const id = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(id)) return id;
  const details = [{ pointer: '/user_id', reason: 'not a whole number from 1 to 9007199254740991' }];
  throw new InvalidRequestError('The user id must be a whole positive number.', details);
}

/** Replies one user's profile, cluster and recommendations, all of the version the pointer names. */
export const handler = ({ published, users }: Deps): Handler => {
  const look = async (id: number, snapshot: Snapshot) =>
    visibleEntry(await users.get(id), snapshot.pointer.sequence);
  return async ({ parameters }) => {
    const id = userId(parameters['user_id'] as string);
    let snapshot = await published.snapshot();
    let entry = await look(id, snapshot);
    if (!entry) {
      // The pointer remembered may be older than every entry of the user: ask for the newest before saying no.
      snapshot = await published.snapshot(true);
      entry = await look(id, snapshot);
    }
    if (!entry)
      throw new ServiceError('user_not_found', `No user ${id} in the published model: check the id.`);
    const { version, computed_at, clusters } = snapshot.profiles;
    const data = {
      user_id: id,
      profile: entry.profile,
      cluster: { id: entry.cluster, name: clusters[entry.cluster].name },
      recommendations: recommend(entry.cluster),
      model_version: version,
      computed_at,
    };
    return { body: { success: true, data }, caching: { kind: 'private' } };
  };
};
