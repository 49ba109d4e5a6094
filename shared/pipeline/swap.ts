import type { Pointer } from '../clustering/model.ts';
import { DamagedFileError } from '../errors.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import { type RunRecord, type UserStore, visibleEntry } from '../storage/users.ts';
import type { HeldLease } from './lease.ts';
import type { Previous } from './previous.ts';
import { removeVanished, writeUsers } from './publish.ts';
import type { Row, Workbench } from './workbench.ts';

/** Versions kept for rollback; older ones are removed, since they hold user ids. */
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
 * @returns how many users were written and removed
 */
export async function swap(
  deps: SwapDeps,
  previous: Previous | null,
  next: Pointer,
): Promise<{ written: number; removed: number }> {
  const { bench, artifacts, users, lease, note } = deps;
  const all = !(await isStoreClean(deps, previous));
  await lease.require();
  const fenced =
    previous &&
    (await artifacts.movePointer({ ...previous.pointer, fence: next.sequence }, previous.generation));
  await note({ status: 'publishing', version: next.version });
  const written = await writeUsers(deps, previous, next, all);
  await lease.require();
  await artifacts.movePointer(next, fenced);
  const removed = await removeVanished(bench, users, all);
  return { written, removed };
}

/** Removes the oldest versions; the one served always stays. */
export async function pruneVersions(artifacts: ArtifactStore, served: string): Promise<void> {
  const versions = (await artifacts.versions()).sort().reverse();
  for (const version of versions.slice(KEPT_VERSIONS)) {
    if (version !== served) await artifacts.remove(version);
  }
}
