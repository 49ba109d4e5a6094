import type { Pointer } from '../clustering/model.ts';
import { DamagedFileError } from '../errors.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import { type RunRecord, type UserStore, visibleEntry } from '../storage/users.ts';
import type { HeldLease } from './lease.ts';
import type { Previous } from './previous.ts';
import { removeVanished, writeUsers } from './publish.ts';
import type { Row, Workbench } from './workbench.ts';

/** Published versions kept for rollback; older ones are removed, since they hold user ids. */
export const KEPT_VERSIONS = 10;

/** What a change of the served version needs. */
export interface SwapDeps {
  readonly bench: Workbench;
  readonly artifacts: ArtifactStore;
  readonly users: UserStore;
  readonly lease: HeldLease;
  /** Told before the first user is written: from then on the store is not clean until the run has succeeded. */
  readonly note: (change: Partial<RunRecord>) => Promise<void>;
}

/** Users of the published version that are looked up before the store is trusted to hold them all. */
const SPOT_CHECKS = 200;
const AT_A_TIME = 20;

/** True when users picked all over the published version are in the store as it says. */
async function holdsUsers(bench: Workbench, users: UserStore, { sequence }: Pointer): Promise<boolean> {
  const rows = await bench.rows(
    `SELECT user_id, cluster FROM previous ORDER BY hash(user_id) LIMIT ${SPOT_CHECKS}`,
  );
  const isHeld = async ({ user_id, cluster }: Row): Promise<boolean> => {
    const document = await users.get(Number(user_id)).catch((error: unknown) => {
      if (error instanceof DamagedFileError) return null;
      throw error;
    });
    return visibleEntry(document, sequence)?.cluster === cluster;
  };
  for (let from = 0; from < rows.length; from += AT_A_TIME) {
    const held = await Promise.all(rows.slice(from, from + AT_A_TIME).map(isHeld));
    if (held.includes(false)) return false;
  }
  return true;
}

/** True when the last publication ended well, nothing was started since, and the store holds what `previous` says. */
async function isStoreClean({ bench, users }: SwapDeps, previous: Previous | null): Promise<boolean> {
  const runs = await users.runs(previous?.pointer.sequence ?? 0);
  if (runs.some((run) => run.status === 'publishing' || run.status === 'broken')) return false;
  if (previous === null) return true;
  const published = runs.some((run) => run.sequence === previous.pointer.sequence);
  return published && previous.model !== null && holdsUsers(bench, users, previous.pointer);
}

/**
 * Makes another version the served one, from table `previous` to table `users_now`: the changed users first, then the
 * pointer, then vanished users are removed. Readers see the old version or the new one and no mixture. A run that lost
 * its lease fails before the pointer moves: the run after it fences the pointer with a higher token.
 * @returns how many users were written and removed, and the pointer as it stands now
 */
export async function swap(
  deps: SwapDeps,
  previous: Previous | null,
  next: Pointer,
): Promise<{ written: number; removed: number; pointer: Pointer }> {
  const { bench, artifacts, users, lease, note } = deps;
  const earlier = await publishedVersions(artifacts, users, previous?.pointer ?? null);
  const published = [next.version, ...earlier.filter((version) => version !== next.version)];
  const all = !(await isStoreClean(deps, previous));
  await lease.require();
  const fenced =
    previous &&
    (await artifacts.movePointer({ ...previous.pointer, fence: next.sequence }, previous.generation));
  await note({ status: 'publishing', version: next.version });
  const written = await writeUsers(deps, previous, next, all);
  await lease.require();
  const pointer = { ...next, published: published.slice(0, KEPT_VERSIONS) };
  await artifacts.movePointer(pointer, fenced);
  const removed = await removeVanished(bench, users, all);
  return { written, removed, pointer };
}

/**
 * Versions that were served, the latest first. The pointer says so; one of an older form, or none, leaves it to the
 * records of runs, and without those every version up to the one that is served counts.
 */
export async function publishedVersions(
  artifacts: ArtifactStore,
  users: UserStore,
  pointer: Pointer | null,
): Promise<readonly string[]> {
  const kept = (await artifacts.versions()).sort().reverse();
  if (pointer?.published) return pointer.published.filter((version) => kept.includes(version));
  const succeeded = (await users.runs(0)).flatMap(({ status, version }) =>
    status === 'succeeded' ? [version] : [],
  );
  const isPublished = (version: string): boolean =>
    succeeded.length > 0 ? succeeded.includes(version) : pointer === null || version <= pointer.version;
  return kept.filter((version) => version === pointer?.version || isPublished(version));
}

/** Removes all versions but those given: old ones, and what failed runs left; they hold user ids. */
export async function pruneVersions(artifacts: ArtifactStore, kept: readonly string[]): Promise<void> {
  for (const version of await artifacts.versions()) {
    if (!kept.includes(version)) await artifacts.remove(version);
  }
}
