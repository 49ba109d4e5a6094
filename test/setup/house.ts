import { expect } from 'vitest';
import { asOfOf } from '../../shared/clustering/model.ts';
import type { RecomputeDeps, RecomputeOptions } from '../../shared/pipeline/contract.ts';
import { recompute } from '../../shared/pipeline/recompute.ts';
import type { ArtifactStore } from '../../shared/storage/artifacts.ts';
import { LocalArtifacts } from '../../shared/storage/local/artifacts.ts';
import { LocalUsers } from '../../shared/storage/local/users.ts';
import { servedProfile, type UserStore, visibleEntry } from '../../shared/storage/users.ts';
import { folder } from './folders.ts';

export interface Stores {
  readonly artifacts: ArtifactStore;
  readonly users: UserStore;
}

/** A recompute on some stores. */
export function houseOn({ artifacts, users }: Stores) {
  const deps: RecomputeDeps = {
    artifacts,
    users,
    now: () => Date.UTC(2025, 6, 2),
    owner: 'test',
    memory: '500MB',
    onStep: () => undefined,
  };
  const run = (source: string, options: Partial<RecomputeOptions> = {}, more: Partial<RecomputeDeps> = {}) =>
    recompute(
      { ...deps, ...more },
      { source, asOf: null, seed: 1, force: false, idempotencyKey: null, ...options },
    );
  const artifact = async (version: string, name: string) =>
    Buffer.from((await artifacts.read(version, name)) ?? []).toString('utf8');
  return { ...deps, deps, run, artifact };
}

/** Stores in a folder, and a recompute on them. */
export async function house(at?: string) {
  const path = at ?? (await folder());
  return { ...houseOn({ artifacts: new LocalArtifacts(path), users: new LocalUsers(path) }), path };
}

export type House = Awaited<ReturnType<typeof house>>;

/** Fails unless every reader sees exactly the users, clusters and profiles of the version that the pointer names. */
export async function expectOneVersion({
  artifacts,
  users,
  artifact,
}: Pick<House, 'artifacts' | 'users' | 'artifact'>): Promise<string | null> {
  const pointer = (await artifacts.readPointer())?.pointer ?? null;
  const asOf = pointer ? asOfOf(pointer) : '';
  const expected = new Map<number, string>();
  if (pointer) {
    for (const line of (await artifact(pointer.version, 'assignments.csv')).trimEnd().split('\n').slice(1)) {
      expected.set(Number.parseInt(line, 10), line);
    }
  }
  const seen = new Map<number, string>();
  for await (const batch of users.ids()) {
    const look = async (id: number) => {
      const entry = visibleEntry(await users.get(id), pointer?.sequence ?? 0);
      if (!entry) return;
      const profile = servedProfile(entry.profile, asOf);
      const { anciennete, degre, academie, niveaux_enseignes: niveaux } = profile;
      seen.set(
        id,
        [id, entry.cluster, anciennete ?? '', degre ?? '', academie ?? '', niveaux.join('|')].join(','),
      );
    };
    for (let from = 0; from < batch.length; from += 20)
      await Promise.all(batch.slice(from, from + 20).map(look));
  }
  const sorted = (lines: Map<number, string>) => [...lines].sort(([a], [b]) => a - b);
  expect(sorted(seen)).toEqual(sorted(expected));
  return pointer?.version ?? null;
}
