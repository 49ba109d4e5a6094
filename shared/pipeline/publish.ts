import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CLUSTER_IDS, type ClusterId } from '../clustering/archetypes.ts';
import { describeClusters } from '../clustering/profiles.ts';
import type { Pointer, Profiles } from '../clustering/model.ts';
import { FEATURES } from '../features/features.ts';
import type { Niveau } from '../features/profile.ts';
import { ancienneteSql } from '../features/people.ts';
import { literal } from '../features/sql.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import type { UserDocument, UserEntry, UserProfile, UserStore } from '../storage/users.ts';
import type { Moves } from './check.ts';
import type { Fitted } from './fit.ts';
import type { Population } from './population.ts';
import { sqlTime } from './read.ts';
import type { HeldLease } from './lease.ts';
import { type Previous, USER_COLUMNS } from './previous.ts';
import type { Chunk, Workbench } from './workbench.ts';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, null, 2) + '\n');

/** A version's name: its sequence, the day its data ends, and a digest of its model. */
export function versionName(sequence: number, { model }: Fitted): string {
  const digest = createHash('sha256').update(JSON.stringify(model)).digest('hex').slice(0, 8);
  return `${String(sequence).padStart(6, '0')}-${model.as_of.slice(0, 10).replaceAll('-', '')}-${digest}`;
}

/** Makes table `users_now` (clusters and profiles of this run). */
export async function tabulate(bench: Workbench, { ids }: Population, { labels }: Fitted): Promise<void> {
  await bench.labelTable('labels', ids, labels);
  await bench.run(`CREATE OR REPLACE TABLE users_now AS
    SELECT ${USER_COLUMNS} FROM labels JOIN people USING (user_id) ORDER BY user_id`);
}

/** Who moved between clusters, came and went, from `previous` to `users_now`. */
export async function countMoves(bench: Workbench): Promise<Moves> {
  const rows = await bench.rows(`SELECT p.cluster AS from_id, n.cluster AS to_id, count(*) AS n
    FROM previous p FULL JOIN users_now n USING (user_id) GROUP BY ALL`);
  const count = (from: number | null, to: number | null): number =>
    Number(rows.find((row) => row['from_id'] === from && row['to_id'] === to)?.['n'] ?? 0);
  const sum = (counts: number[]): number => counts.reduce((total, n) => total + n, 0);
  return {
    matrix: CLUSTER_IDS.map((from) => CLUSTER_IDS.map((to) => count(from, to))),
    new_users: sum(CLUSTER_IDS.map((to) => count(null, to))),
    vanished_users: sum(CLUSTER_IDS.map((from) => count(from, null))),
  };
}

/** Writes all artifacts of a version. `profiles.json` comes last: a version that has it is complete. */
export async function publishArtifacts(
  bench: Workbench,
  artifacts: ArtifactStore,
  version: string,
  population: Population,
  { model, labels }: Fitted,
  computedAt: string,
): Promise<Profiles> {
  const copies = {
    'features.parquet': `COPY (SELECT user_id, ${FEATURES.join(', ')} FROM features ORDER BY user_id) TO ? (FORMAT parquet)`,
    'users.parquet': `COPY (SELECT ${USER_COLUMNS} FROM users_now ORDER BY user_id) TO ? (FORMAT parquet)`,
    'assignments.csv': `COPY (SELECT user_id, cluster, ${ancienneteSql(sqlTime(model.as_of))} AS anciennete, degre, academie,
      nullif(niveaux_enseignes, '') AS niveaux_enseignes FROM users_now ORDER BY user_id) TO ? (FORMAT csv, HEADER true)`,
  };
  for (const [name, sql] of Object.entries(copies)) {
    const file = join(bench.folder, name);
    await bench.run(sql.replace('?', literal(file)));
    await artifacts.write(version, name, { file });
  }
  await artifacts.write(version, 'model.json', json(model));
  const profiles: Profiles = {
    schema_version: 1,
    version,
    computed_at: computedAt,
    as_of: model.as_of,
    users: population.counts.rows,
    clusters: describeClusters(population.counts, labels),
  };
  await artifacts.write(version, 'profiles.json', json(profiles));
  return profiles;
}

const COLUMNS = USER_COLUMNS.split(', ');
const prefixed = (table: string, prefix: string): string =>
  COLUMNS.map((column) =>
    // As a double an id is a number at once, without a bigint between.
    column === 'user_id'
      ? `${table}.user_id::DOUBLE AS ${prefix}_user_id`
      : `${table}.${column} AS ${prefix}_${column}`,
  ).join(', ');

/** One side of a comparison, before or after: what it says of the user in a row, null when it does not know the user. */
function side({ columns }: Chunk, prefix: 'old' | 'new') {
  const values = (name: string): readonly unknown[] => columns[`${prefix}_${name}`] ?? [];
  const ids = values('user_id') as readonly (number | null)[];
  const clusters = values('cluster') as readonly ClusterId[];
  const declared = values('declared_years') as readonly (number | null)[];
  const created = values('created_year') as readonly (number | null)[];
  const degres = values('degre') as readonly (number | null)[];
  const academies = values('academie') as readonly (string | null)[];
  const niveaux = values('niveaux_enseignes') as readonly (string | null)[];
  const disciplines = values('discipline') as readonly (string | null)[];
  return (row: number) => {
    const id = ids[row] ?? null;
    if (id === null) return null;
    const profile: UserProfile = {
      declared_years: declared[row] ?? null,
      created_year: created[row] ?? null,
      degre: degres[row] ?? null,
      academie: academies[row] ?? null,
      niveaux_enseignes: niveaux[row] ? (niveaux[row].split('|') as Niveau[]) : [],
      discipline: disciplines[row] ?? null,
    };
    return { id, cluster: clusters[row] as ClusterId, profile };
  };
}

/** Documents that say what the pointer shows now, and what it shows after the move. */
function documentsOf(chunk: Chunk, pointer: Pointer | null, next: Pointer): UserDocument[] {
  const [before, after] = [side(chunk, 'old'), side(chunk, 'new')];
  const entry = (
    { sequence, version }: Pointer,
    cluster: ClusterId,
    profile: UserProfile | null,
  ): UserEntry => ({
    sequence,
    model_version: version,
    cluster,
    profile,
  });
  return Array.from({ length: chunk.rowCount }, (_, row) => {
    const old = before(row);
    const now = after(row);
    const { id, cluster } = (now ?? old) as NonNullable<typeof now>;
    const kept = old && pointer ? [entry(pointer, old.cluster, old.profile)] : [];
    return { user_id: id, entries: [...kept, entry(next, cluster, now?.profile ?? null)] };
  });
}

/**
 * Writes the users whose cluster or profile changed, from `previous` to `users_now`; those who vanished get an entry
 * that says so. Readers see none of it before the pointer moves.
 * @param all write every user, because the store may hold what a broken run left there
 */
export function writeUsers(
  { bench, users, lease }: { bench: Workbench; users: UserStore; lease: Pick<HeldLease, 'check'> },
  previous: Previous | null,
  next: Pointer,
  all: boolean,
): Promise<number> {
  const differs = COLUMNS.map((column) => `n.${column} IS DISTINCT FROM p.${column}`).join(' OR ');
  const rows = bench.stream(`SELECT ${prefixed('p', 'old')}, ${prefixed('n', 'new')}
    FROM previous p FULL JOIN users_now n USING (user_id) WHERE ${all ? 'true' : differs}`);
  return users.write(documents(rows, previous?.pointer ?? null, next, () => lease.check()));
}

async function* documents(
  chunks: AsyncIterable<Chunk>,
  pointer: Pointer | null,
  next: Pointer,
  check: () => void,
) {
  for await (const chunk of chunks) {
    check();
    yield documentsOf(chunk, pointer, next);
  }
}

/**
 * Removes from the store the users who vanished, after the pointer moved.
 * @param all look at every id in the store, because a broken run may have left others there
 */
export async function removeVanished(bench: Workbench, users: UserStore, all: boolean): Promise<number> {
  if (!all) return users.remove(vanished(bench));
  const known = new Set<number>();
  for await (const ids of userIds(bench, 'SELECT user_id FROM users_now'))
    for (const id of ids) known.add(id);
  return users.remove(strangers(users.ids(), known));
}

async function* userIds(bench: Workbench, sql: string): AsyncGenerator<number[]> {
  for await (const { columns } of bench.stream(sql)) yield (columns['user_id'] ?? []).map(Number);
}

const vanished = (bench: Workbench): AsyncGenerator<number[]> =>
  userIds(bench, 'SELECT user_id FROM previous ANTI JOIN users_now USING (user_id)');

async function* strangers(ids: AsyncIterable<readonly number[]>, known: ReadonlySet<number>) {
  for await (const batch of ids) yield batch.filter((id) => !known.has(id));
}
