import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RecomputeDeps, RecomputeOptions } from '../../shared/pipeline/contract.ts';
import { recompute } from '../../shared/pipeline/recompute.ts';
import { LocalArtifacts } from '../../shared/storage/local/artifacts.ts';
import { LocalUsers } from '../../shared/storage/local/users.ts';
import { visibleEntry } from '../../shared/storage/users.ts';
import { folder } from './folders.ts';

/** Stores in a folder, and a recompute on them. */
export async function house(at?: string) {
  const path = at ?? (await folder());
  const deps: RecomputeDeps = {
    artifacts: new LocalArtifacts(path),
    users: new LocalUsers(path),
    now: () => Date.UTC(2025, 6, 2),
    owner: 'test',
    memory: '500MB',
    onStep: () => undefined,
  };
  const run = (source: string, options: Partial<RecomputeOptions> = {}) =>
    recompute(deps, { source, asOf: null, seed: 1, force: false, idempotencyKey: null, ...options });
  const artifact = (version: string, name: string) => readFile(join(path, 'models', version, name), 'utf8');
  return { ...deps, deps, path, run, artifact };
}

export type House = Awaited<ReturnType<typeof house>>;

/** Fails unless every reader sees exactly the users, clusters and profiles of the version that the pointer names. */
export async function expectOneVersion({
  artifacts,
  users,
  artifact,
}: Pick<House, 'artifacts' | 'users' | 'artifact'>): Promise<string | null> {
  const pointer = (await artifacts.readPointer())?.pointer ?? null;
  const expected = new Map<number, string>();
  if (pointer) {
    for (const line of (await artifact(pointer.version, 'assignments.csv')).trimEnd().split('\n').slice(1)) {
      expected.set(Number.parseInt(line, 10), line);
    }
  }
  const seen = new Map<number, string>();
  for await (const batch of users.ids()) {
    for (const id of batch) {
      const entry = visibleEntry(await users.get(id), pointer?.sequence ?? 0);
      if (!entry) continue;
      const { anciennete, degre, academie, niveaux_enseignes: niveaux } = entry.profile;
      seen.set(
        id,
        [id, entry.cluster, anciennete ?? '', degre ?? '', academie ?? '', niveaux.join('|')].join(','),
      );
    }
  }
  const sorted = (lines: Map<number, string>) => [...lines].sort(([a], [b]) => a - b);
  expect(sorted(seen)).toEqual(sorted(expected));
  return pointer?.version ?? null;
}
