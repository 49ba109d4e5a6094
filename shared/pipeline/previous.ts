import { join } from 'node:path';
import checkModel from '#validators/model';
import { literal } from '../features/sql.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import { ArtifactFormError } from '../storage/published.ts';
import type { Model, Pointer } from '../clustering/model.ts';
import type { Workbench } from './workbench.ts';

/** The columns of `users.parquet`, what a version says of each user; `previous` and `users_now` hold them. */
export const USER_COLUMNS = 'user_id, cluster, anciennete, degre, academie, niveaux_enseignes, discipline';

/** The version served when a run starts. */
export interface Previous {
  readonly pointer: Pointer;
  readonly generation: string;
  readonly model: Model;
}

/** The model of a version. @throws ArtifactFormError when it is missing or of an unknown form */
export async function loadModel(artifacts: ArtifactStore, version: string): Promise<Model> {
  const bytes = await artifacts.read(version, 'model.json');
  const model: unknown = bytes && JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (!checkModel(model))
    throw new ArtifactFormError(`models/${version}/model.json is missing or of an unknown form.`);
  return model;
}

/** Makes table `name` from a version's users. @throws ArtifactFormError when they are missing */
export async function loadUsers(
  bench: Workbench,
  artifacts: ArtifactStore,
  version: string,
  name: string,
): Promise<void> {
  const file = join(bench.folder, `${name}.parquet`);
  if (!(await artifacts.fetch(version, 'users.parquet', file))) {
    throw new ArtifactFormError(`models/${version}/users.parquet is missing.`);
  }
  await bench.run(
    `CREATE OR REPLACE TABLE ${name} AS SELECT ${USER_COLUMNS} FROM read_parquet(${literal(file)})`,
  );
}

/** Loads the version that is served, its users into table `previous` (empty before the first publication). */
export async function loadPrevious(bench: Workbench, artifacts: ArtifactStore): Promise<Previous | null> {
  const placed = await artifacts.readPointer();
  if (!placed) {
    await bench.run(`CREATE OR REPLACE TABLE previous (user_id BIGINT, cluster INTEGER, anciennete INTEGER,
      degre INTEGER, academie VARCHAR, niveaux_enseignes VARCHAR, discipline VARCHAR)`);
    return null;
  }
  const { pointer, generation } = placed;
  await loadUsers(bench, artifacts, pointer.version, 'previous');
  return { pointer, generation, model: await loadModel(artifacts, pointer.version) };
}
