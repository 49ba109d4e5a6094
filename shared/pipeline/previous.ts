import { join } from 'node:path';
import checkModel from '#validators/model';
import { literal } from '../features/sql.ts';
import { type ArtifactStore, parseJson } from '../storage/artifacts.ts';
import { DamagedFileError } from '../errors.ts';
import type { Model, Pointer } from '../clustering/model.ts';
import type { Workbench } from './workbench.ts';

/** The columns of `users.parquet`, what a version says of each user; `previous` and `users_now` hold them. */
export const USER_COLUMNS = 'user_id, cluster, anciennete, degre, academie, niveaux_enseignes, discipline';

/** The version served when a run starts. */
export interface Previous {
  readonly pointer: Pointer;
  readonly generation: string;
  /** Null when its artifacts are damaged or missing: the run then begins anew and writes every user. */
  readonly model: Model | null;
}

/** The model of a version. @throws DamagedFileError when it is missing or of an unknown form */
export async function loadModel(artifacts: ArtifactStore, version: string): Promise<Model> {
  const bytes = await artifacts.read(version, 'model.json');
  const model = bytes && parseJson(bytes);
  if (!checkModel(model)) throw new DamagedFileError(`models/${version}/model.json`);
  return model;
}

/** Makes table `name` from a version's users. @throws DamagedFileError when they are missing */
export async function loadUsers(
  bench: Workbench,
  artifacts: ArtifactStore,
  version: string,
  name: string,
): Promise<void> {
  const file = join(bench.folder, `${name}.parquet`);
  if (!(await artifacts.fetch(version, 'users.parquet', file))) {
    throw new DamagedFileError(`models/${version}/users.parquet`);
  }
  try {
    await bench.run(
      `CREATE OR REPLACE TABLE ${name} AS SELECT ${USER_COLUMNS} FROM read_parquet(${literal(file)})`,
    );
  } catch {
    throw new DamagedFileError(`models/${version}/users.parquet`);
  }
}

/** Loads the version that is served, its users into table `previous` (empty when there are none to be read). */
export async function loadPrevious(bench: Workbench, artifacts: ArtifactStore): Promise<Previous | null> {
  const placed = await artifacts.readPointer();
  if (placed) {
    try {
      await loadUsers(bench, artifacts, placed.pointer.version, 'previous');
      return { ...placed, model: await loadModel(artifacts, placed.pointer.version) };
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
    }
  }
  await bench.run(`CREATE OR REPLACE TABLE previous (user_id BIGINT, cluster INTEGER, anciennete INTEGER,
    degre INTEGER, academie VARCHAR, niveaux_enseignes VARCHAR, discipline VARCHAR)`);
  return placed && { ...placed, model: null };
}
