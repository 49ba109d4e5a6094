import { join } from 'node:path';
import type { Pointer } from '../clustering/model.ts';
import { ServiceError } from '../errors.ts';
import { literal } from '../features/sql.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import { readProfiles } from '../storage/published.ts';
import type { RunRecord } from '../storage/users.ts';
import type { Moves } from './check.ts';
import type { RecomputeDeps } from './contract.ts';
import { HeldLease, runIdOf } from './lease.ts';
import { loadPrevious, loadUsers } from './previous.ts';
import { countMoves } from './publish.ts';
import { publishedVersions, swap } from './swap.ts';
import { Workbench } from './workbench.ts';

export interface RollbackReply {
  readonly model_version: string;
  readonly previous_version: string;
  readonly run_id: string;
  readonly users_written: number;
  readonly users_removed: number;
  readonly moves: Moves;
}

/** Runs work in a workbench under the recompute lease, so that nothing is published meanwhile. */
async function withLease<T>(
  deps: RecomputeDeps,
  work: (bench: Workbench, lease: HeldLease) => Promise<T>,
): Promise<T> {
  const lease = await HeldLease.acquire(deps);
  try {
    const bench = await Workbench.open(deps.memory);
    try {
      return await work(bench, lease);
    } finally {
      await bench.close();
    }
  } finally {
    await lease.release();
  }
}

/**
 * Makes an older version the served one again, with the users it had. It gets a new sequence number, so that readers
 * and later runs treat it as any other publication.
 * @throws ServiceError not_found when the version is not kept
 */
export function rollback(deps: RecomputeDeps, version: string): Promise<RollbackReply> {
  const { artifacts, users, now } = deps;
  return withLease(deps, async (bench, lease) => {
    const previous = await loadPrevious(bench, artifacts);
    if (!previous)
      throw new ServiceError('model_not_ready', 'Nothing is published: run a recompute instead.');
    const versions = await publishedVersions(artifacts, users, previous.pointer);
    if (!versions.includes(version)) {
      throw new ServiceError(
        'not_found',
        `There is no version ${version}: kept are ${versions.join(', ') || 'none'}.`,
      );
    }
    const { computed_at, as_of } = await readProfiles(artifacts, version);
    await loadUsers(bench, artifacts, version, 'users_now', as_of);
    const next: Pointer = { schema_version: 1, version, sequence: lease.token, computed_at, as_of };
    const moves = await countMoves(bench);
    let record: RunRecord = {
      run_id: runIdOf(lease.token),
      sequence: lease.token,
      status: 'running',
      started_at: new Date(now()).toISOString(),
      ended_at: null,
      rollback_from: previous.pointer.version,
    };
    const note = async (change: Partial<RunRecord>) => {
      record = { ...record, ...change };
      await users.putRun(record);
    };
    const { written, removed } = await swap({ bench, artifacts, users, lease, note }, previous, next);
    const reply: RollbackReply = {
      model_version: version,
      previous_version: previous.pointer.version,
      run_id: record.run_id,
      users_written: written,
      users_removed: removed,
      moves,
    };
    await note({ status: 'succeeded', ended_at: new Date(now()).toISOString(), reply });
    return reply;
  });
}

/** The columns of `assignments.csv`. */
const ASSIGNED = ['user_id', 'cluster', 'anciennete', 'degre', 'academie', 'niveaux_enseignes'];

/**
 * How DuckDB writes CSV, said in full: a dialect that it guesses from the rows changes the cells of some. An empty text
 * stands in quotes, what is unknown is nothing at all.
 */
const ASSIGNMENTS = `auto_detect = false, max_line_size = 67108864, buffer_size = 134217728, header = true, skip = 0, comment = '', delim = ',', quote = '"', escape = '"',
  new_line = '\\n', nullstr = '', allow_quoted_nulls = false, parallel = false,
  columns = {${ASSIGNED.map((column) => `${literal(column)}: 'VARCHAR'`).join(', ')}}`;

/** Artifacts that hold user ids, and how DuckDB reads and writes them. */
const PERSONAL: readonly [name: string, read: (file: string) => string, format: string][] = [
  ['features.parquet', (file) => `read_parquet(${file})`, 'FORMAT parquet'],
  ['users.parquet', (file) => `read_parquet(${file})`, 'FORMAT parquet'],
  ['assignments.csv', (file) => `read_csv(${file}, ${ASSIGNMENTS})`, 'FORMAT csv, HEADER true'],
];

/** Takes a user out of an artifact; false when it was not in it. */
async function redact(
  bench: Workbench,
  artifacts: ArtifactStore,
  version: string,
  userId: number,
  which: (typeof PERSONAL)[number],
): Promise<boolean> {
  const [name, read, format] = which;
  const [before, after] = [join(bench.folder, `before-${name}`), join(bench.folder, `after-${name}`)];
  if (!(await artifacts.fetch(version, name, before))) return false;
  const from = read(literal(before));
  const { found } = await bench.row(
    `SELECT count(*) AS found FROM ${from} WHERE user_id::BIGINT = ${userId}`,
  );
  if (found === 0) return false;
  await bench.run(
    `COPY (SELECT * FROM ${from} WHERE user_id::BIGINT <> ${userId} ORDER BY user_id::BIGINT) TO ${literal(after)} (${format})`,
  );
  await artifacts.redact(version, name, { file: after });
  return true;
}

/**
 * Forgets a user: out of the store, and out of every artifact of every version kept. A later export that still holds
 * the id brings the user back.
 * @returns the artifacts the user was in, as `version/name`
 */
export function forget(deps: RecomputeDeps, userId: number): Promise<string[]> {
  const { artifacts, users } = deps;
  return withLease(deps, async (bench) => {
    await users.remove(one(userId));
    const redacted: string[] = [];
    for (const version of (await artifacts.versions()).sort()) {
      for (const which of PERSONAL) {
        if (await redact(bench, artifacts, version, userId, which)) redacted.push(`${version}/${which[0]}`);
      }
    }
    return redacted;
  });
}

async function* one(userId: number): AsyncGenerator<readonly number[]> {
  yield [userId];
}
