import { join } from 'node:path';
import checkModel from '#validators/model';
import { literal } from '../features/sql.ts';
import { type ArtifactStore, parseJson } from '../storage/artifacts.ts';
import { DamagedFileError } from '../errors.ts';
import { asOfOf, type Model, type Pointer } from '../clustering/model.ts';
import { EngineError } from './engine-error.ts';
import type { Workbench } from './workbench.ts';

/** The columns of `users.parquet`, what a version says of each user; `previous` and `users_now` hold them. */
export const USER_COLUMNS =
  'user_id, cluster, declared_years, created_year, degre, academie, niveaux_enseignes, discipline';

/** Years of service as older versions hold them, already added up: since the year of their own data nothing was added. */
const olderColumns = (asOf: string): string =>
  USER_COLUMNS.replace(
    'declared_years, created_year',
    `anciennete AS declared_years, ${asOf.slice(0, 4)} AS created_year`,
  );

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
  asOf: string,
): Promise<void> {
  const file = join(bench.folder, `${name}.parquet`);
  if (!(await artifacts.fetch(version, 'users.parquet', file))) {
    throw new DamagedFileError(`models/${version}/users.parquet`);
  }
  try {
    const from = `read_parquet(${literal(file)})`;
    const isOlder = (await bench.rows(`DESCRIBE SELECT * FROM ${from}`)).some(
      (row) => row['column_name'] === 'anciennete',
    );
    const columns = isOlder ? olderColumns(asOf) : USER_COLUMNS;
    await bench.run(`CREATE OR REPLACE TABLE ${name} AS SELECT ${columns} FROM ${from}`);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new DamagedFileError(`models/${version}/users.parquet`);
  }
}

/** Loads the version that is served, its users into table `previous` (empty when there are none to be read). */
export async function loadPrevious(bench: Workbench, artifacts: ArtifactStore): Promise<Previous | null> {
  const placed = await artifacts.readPointer();
  if (placed) {
    try {
      await loadUsers(bench, artifacts, placed.pointer.version, 'previous', asOfOf(placed.pointer));
      return { ...placed, model: await loadModel(artifacts, placed.pointer.version) };
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
    }
  }
  await bench.run(`CREATE OR REPLACE TABLE previous (user_id BIGINT, cluster INTEGER, declared_years INTEGER,
    created_year INTEGER, degre INTEGER, academie VARCHAR, niveaux_enseignes VARCHAR, discipline VARCHAR)`);
  return placed && { ...placed, model: null };
}
