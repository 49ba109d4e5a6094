import { asOfOf } from '../../shared/clustering/model.ts';
import { InvalidRequestError, ServiceError } from '../../shared/errors.ts';
import type { Handler } from '../../shared/http/endpoint.ts';
import { recommend } from '../../shared/recommendation/strategies.ts';
import type { Published } from '../../shared/storage/published.ts';
import { servedProfile, type UserReader, visibleEntry } from '../../shared/storage/users.ts';

interface Deps {
  readonly published: Pick<Published, 'pointer'>;
  readonly users: Pick<UserReader, 'get'>;
}

function userId(text: string): number {
  const id = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(id)) return id;
  const details = [{ pointer: '/user_id', reason: 'not a whole number from 1 to 9007199254740991' }];
  throw new InvalidRequestError('The user id must be a whole positive number.', details);
}

/** Replies one user's profile, cluster and recommendations, all of the version the pointer names. */
export const handler =
  ({ published, users }: Deps): Handler =>
  async ({ parameters }) => {
    const id = userId(parameters['user_id'] as string);
    let { pointer } = await published.pointer();
    const document = await users.get(id);
    let entry = visibleEntry(document, pointer.sequence);
    if (document && !entry) {
      // The pointer remembered may be older than every entry of the user: ask for the newest before saying no.
      ({ pointer } = await published.pointer(true));
      entry = visibleEntry(await users.get(id), pointer.sequence);
    }
    if (!entry)
      throw new ServiceError('user_not_found', `No user ${id} in the published model: check the id.`);
    const recommendations = recommend(entry.cluster);
    const data = {
      user_id: id,
      profile: servedProfile(entry.profile, asOfOf(pointer)),
      cluster: { id: entry.cluster, name: recommendations.cluster_name },
      recommendations,
      model_version: pointer.version,
      computed_at: pointer.computed_at,
    };
    return { body: { success: true, data }, caching: { kind: 'private' } };
  };
