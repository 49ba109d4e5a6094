import { spawn, spawnSync } from 'node:child_process';
import { access, appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { predict } from '../../shared/clustering/predict.ts';
import type { Model } from '../../shared/clustering/model.ts';
import { ModelRejectedError, RecomputeInProgressError } from '../../shared/errors.ts';
import { mapCentroids } from '../../shared/pipeline/fit.ts';
import { forget, rollback } from '../../shared/pipeline/operate.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { LeaseLostError, type UserStore, visibleEntry } from '../../shared/storage/users.ts';
import { sampleExport } from '../setup/api.ts';
import { folder } from '../setup/folders.ts';
import { expectOneVersion, type House, house } from '../setup/house.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USERS = 2000;
const FIRST = 1001;

/** A copy of an export in which some users have done more, and some are gone. */
async function nextNight(
  source: string,
  { busier = [] as number[], gone = [] as number[], times = 120 } = {},
): Promise<string> {
  const target = join(await folder(), 'exports');
  await cp(source, target, { recursive: true });
  const line = (user: number, i: number) =>
    `${5_000_000 + user * 1000 + i},${user},download,fiche-outils,${1 + (i % 60)},2025-06-01 10:00:00\n`;
  await appendFile(
    join(target, 'interaction_events.csv'),
    busier.flatMap((user) => Array.from({ length: times }, (_, i) => line(user, i))).join(''),
  );
  const users = await readFile(join(target, 'users.csv'), 'utf8');
  await writeFile(
    join(target, 'users.csv'),
    users
      .split('\n')
      .filter((row) => !gone.includes(Number.parseInt(row, 10)))
      .join('\n'),
  );
  return target;
}

const source = await sampleExport(USERS);
const clusterOf = async ({ users, artifacts }: House, id: number) => {
  const sequence = (await artifacts.readPointer())?.pointer.sequence ?? 0;
  return visibleEntry(await users.get(id), sequence)?.cluster ?? null;
};
const modelOf = async (at: House, version: string) =>
  JSON.parse(await at.artifact(version, 'model.json')) as Model;
const firstOf = (from: number, count: number) => Array.from({ length: count }, (_, i) => FIRST + from + i);

describe('the next night', () => {
  test('starts from the published centroids and writes only the users who changed', async () => {
    const at = await house();
    const first = await at.run(source);
    const busier = firstOf(0, 20);
    const second = await at.run(await nextNight(source, { busier }));
    const moved = second.moves.matrix
      .flatMap((row, from) => row.filter((_, to) => to !== from))
      .reduce((a, b) => a + b);
    expect(second.users_written).toBe(moved);
    expect(moved).toBeGreaterThanOrEqual(15);
    expect(moved / USERS).toBeLessThan(0.03);
    expect((await modelOf(at, second.model_version)).lineage).toMatchObject({
      init: 'warm',
      parent: first.model_version,
    });
    await expectOneVersion(at);
  });

  test('removes users who vanished from store and artifacts, and says so', async () => {
    const at = await house();
    await at.run(source);
    const gone = firstOf(5, 3);
    const reply = await at.run(await nextNight(source, { gone }));
    expect(reply).toMatchObject({ users_removed: 3, moves: { vanished_users: 3, new_users: 0 } });
    for (const id of gone) expect(await at.users.get(id)).toBeNull();
    await expectOneVersion(at);
    const back = await at.run(source);
    expect(back).toMatchObject({ moves: { new_users: 3 } });
    await expectOneVersion(at);
  });

  test('a fresh fit replaces the published clusters only when it is clearly better', async () => {
    const at = await house();
    const first = await at.run(source);
    const model = await modelOf(at, first.model_version);
    const far = { ...model, centroids: model.centroids.map((centroid, i) => centroid.map(() => 40 + i)) };
    const file = join(at.path, 'models', first.model_version, 'model.json');
    await writeFile(file, JSON.stringify(far));
    const second = await at.run(source);
    const { lineage } = await modelOf(at, second.model_version);
    expect(lineage).toMatchObject({ init: 'challenger', parent: first.model_version });
    expect(second.quality.inertia).toBeCloseTo(first.quality.inertia, 3);
    expect(second.moves.matrix.flat().filter((count) => count > 0)).toHaveLength(4);
  });

  test('centroids mapped into another scaler’s space stand for the same counts', async () => {
    const at = await house();
    const { centroids, scaler } = await modelOf(at, (await at.run(source)).model_version);
    const other = {
      ...scaler,
      mean: scaler.mean.map((mean) => mean + 0.5),
      std: scaler.std.map((std) => std * 2),
    };
    const back = mapCentroids(mapCentroids(centroids, scaler, other), other, scaler);
    back.forEach((centroid, id) =>
      centroid.forEach((value, i) => expect(value).toBeCloseTo(centroids[id]?.[i] ?? Number.NaN, 9)),
    );
    const points = { rows: 4, columns: scaler.kept.length, values: Float64Array.from(centroids.flat()) };
    expect([...predict(points, back).labels]).toEqual([0, 1, 2, 3]);
  });
});

describe('gates', () => {
  test('a population that drifted is rejected, every check is told, and force overrides it', async () => {
    const at = await house();
    const first = await at.run(source);
    const drifted = await nextNight(source, { busier: firstOf(0, 800), times: 4 });
    const error = await at.run(drifted).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ModelRejectedError);
    const { checks } = error as ModelRejectedError;
    expect(checks.filter(({ result }) => result === 'FAIL').map(({ name }) => name)).toContain(
      'drift of nb_fiche_outils (PSI)',
    );
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['events left out', 'silhouette', 'Davies–Bouldin', 'users who change cluster']),
    );
    expect(await expectOneVersion(at)).toBe(first.model_version);
    expect((await at.users.runs(0))[0]).toMatchObject({ status: 'rejected', checks });
    const forced = await at.run(drifted, { force: true });
    expect(await expectOneVersion(at)).toBe(forced.model_version);
  });

  test('force never overrides a data check', async () => {
    const at = await house();
    const empty = await nextNight(source, { gone: firstOf(0, USERS) });
    await expect(at.run(empty, { force: true })).rejects.toThrow(ModelRejectedError);
    const late = await nextNight(source);
    await expect(at.run(late, { force: true, asOf: '2000-01-01T00:00:00.000Z' })).rejects.toThrow(
      /events left out/,
    );
    expect(await at.artifacts.readPointer()).toBeNull();
  });
});

describe('one run at a time', () => {
  test('a second run is refused while the first holds the lease', async () => {
    const at = await house();
    const outcomes = await Promise.allSettled([at.run(source), at.run(source)]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toBeInstanceOf(RecomputeInProgressError);
  });

  test('a run that lost its lease publishes nothing', async () => {
    const at = await house();
    const first = await at.run(source);
    const lost: UserStore = new Proxy(at.users, {
      get: (store, name: keyof UserStore) =>
        name === 'renewLease'
          ? () => Promise.reject(new LeaseLostError('taken over'))
          : store[name].bind(store),
    });
    const { recompute } = await import('../../shared/pipeline/recompute.ts');
    const options = {
      source: await nextNight(source, { busier: firstOf(0, 20) }),
      asOf: null,
      seed: 1,
      force: false,
      idempotencyKey: null,
    };
    await expect(recompute({ ...at.deps, users: lost }, options)).rejects.toMatchObject({
      code: 'recompute_in_progress',
    });
    expect(await expectOneVersion(at)).toBe(first.model_version);
  });

  test('the same key again gives the finished run’s reply, a failed run’s key runs again', async () => {
    const at = await house();
    const key = { idempotencyKey: '2025-07-01T03:30:00+02:00' };
    await expect(at.run(join(source, 'nowhere'), key)).rejects.toThrow(ModelRejectedError);
    const first = await at.run(source, key);
    expect(await at.run(source, key)).toEqual(first);
    expect(await at.users.runs(0)).toHaveLength(1);
  });
});

describe('operating', () => {
  test('rollback serves the older version with its users, and a later night goes on from it', async () => {
    const at = await house();
    const first = await at.run(source);
    const changed = await nextNight(source, { busier: firstOf(0, 20), gone: firstOf(40, 2) });
    const second = await at.run(changed);
    const reply = await rollback(at.deps, first.model_version);
    expect(reply).toMatchObject({
      model_version: first.model_version,
      previous_version: second.model_version,
    });
    expect(reply.users_written).toBe(second.users_written);
    expect(await expectOneVersion(at)).toBe(first.model_version);
    const third = await at.run(changed);
    expect((await modelOf(at, third.model_version)).lineage.parent).toBe(first.model_version);
    await expectOneVersion(at);
    await expect(rollback(at.deps, 'no-such-version')).rejects.toThrow(
      /There is no version no-such-version: kept are /,
    );
  });

  test('forget takes a user out of store and artifacts, and a later export brings it back', async () => {
    const at = await house();
    await at.run(source);
    const second = await at.run(await nextNight(source, { busier: firstOf(0, 20) }));
    const redacted = await forget(at.deps, FIRST + 3);
    expect(redacted).toHaveLength(6);
    expect(await clusterOf(at, FIRST + 3)).toBeNull();
    expect(await at.artifact(second.model_version, 'assignments.csv')).not.toMatch(
      new RegExp(`^${FIRST + 3},`, 'm'),
    );
    await expectOneVersion(at);
    expect(await forget(at.deps, FIRST + 3)).toEqual([]);
    const back = await at.run(source);
    expect(back.moves.new_users).toBe(1);
    expect(await clusterOf(at, FIRST + 3)).not.toBeNull();
    await expectOneVersion(at);
  });

  test('forget leaves every other line of the assignments byte for byte', async () => {
    const at = await house();
    const exported = await nextNight(source);
    const academies = ["L'« île »", "'Lyon'", "'", 'a,b', 'say "x"', '"q"', 'two\nlines', 'a\rb', '#x', '\\'];
    const rows = academies.map((academie, i) => {
      const school = JSON.stringify([{ academie }]).replaceAll('"', '""');
      return `${1 + i},,,,,,,,"${school}",,,\n`;
    });
    await appendFile(join(exported, 'users.csv'), rows.join(''));
    const { model_version: version } = await at.run(exported);
    const written = await at.artifact(version, 'assignments.csv');
    for (const cell of ["L'« île »", "'Lyon'", '"a,b"', '"say ""x"""', '"two\nlines"'])
      expect(written).toContain(`,${cell},\n`);
    // No recompute writes an empty text, but what is there must stay as it is.
    const before = `${written}90101,0,3,1,"",""\n90102,0,3,1,,\n90103,0,,,Lyon,""\n`;
    await writeFile(join(at.path, 'models', version, 'assignments.csv'), before);
    let left = before;
    for (const id of [FIRST + 3, 1]) {
      left = left.replace(new RegExp(`^${id},.*\n`, 'm'), '');
      expect(await forget(at.deps, id)).toContain(`${version}/assignments.csv`);
      expect(await at.artifact(version, 'assignments.csv')).toBe(left);
    }
    expect(left.split('\n')).toHaveLength(before.split('\n').length - 2);
  });

  test('forget guesses no dialect from names that all stand in single quotes', async () => {
    const at = await house();
    const { model_version: version } = await at.run(source);
    const [header = ''] = (await at.artifact(version, 'assignments.csv')).split('\n');
    const lines = Array.from({ length: 40 }, (_, i) => `${i + 1},0,3,1,'Lyon',college`);
    const text = (rows: readonly string[]) => [header, ...rows, ''].join('\n');
    await writeFile(join(at.path, 'models', version, 'assignments.csv'), text(lines));
    expect(await forget(at.deps, 1)).toEqual([`${version}/assignments.csv`]);
    expect(await at.artifact(version, 'assignments.csv')).toBe(text(lines.slice(1)));
  });

  test('keeps the ten newest versions and the one served', async () => {
    const at = await house();
    const small = await sampleExport(400);
    const first = await at.run(small);
    for (let i = 0; i < 11; i++) await at.run(small);
    const kept = await at.artifacts.versions();
    expect(kept).toHaveLength(10);
    expect(kept).not.toContain(first.model_version);
  });
});

describe('damage', () => {
  test('a user store that lost users is written anew by the next run', async () => {
    const at = await house();
    await at.run(source);
    await rm(join(at.path, 'users'), { recursive: true });
    expect((await at.run(source)).users_written).toBe(USERS);
    await expectOneVersion(at);
  });

  test.each(['users.parquet', 'model.json', 'profiles.json'])(
    'a published %s that is damaged or gone is got over',
    async (name) => {
      const at = await house();
      for (const harm of [(path: string) => writeFile(path, '{'), (path: string) => rm(path)]) {
        const { model_version } = await at.run(source);
        await harm(join(at.path, 'models', model_version, name));
        const reply = await at.run(source);
        if (name !== 'profiles.json')
          expect(reply.checks).toContainEqual(
            expect.objectContaining({ name: 'published version', result: 'WARN' }),
          );
        await expectOneVersion(at);
      }
    },
  );

  test('run records that are damaged stop nothing', async () => {
    const at = await house();
    await at.run(source);
    await writeFile(join(at.path, 'runs', 'run-000001.json'), '{');
    await at.run(source);
    await expectOneVersion(at);
  });

  test('what a killed run left in the temporary folder is removed by the next', async () => {
    const { pid } = spawnSync('true');
    const left = await mkdtemp(join(tmpdir(), `recompute-${pid}-`));
    await (await Workbench.open('200MB')).close();
    await expect(access(left)).rejects.toThrow('ENOENT');
  });
});

/** Starts a recompute as a real process and kills it without warning after so many milliseconds, unless it ended. */
function killedRun(exportFolder: string, localDir: string, after: number): Promise<number | null> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'scripts/run.ts'), 'recompute', '--source', exportFolder, '--force'],
    {
      cwd: ROOT,
      env: { ...process.env, LOCAL_DIR: localDir },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  // The clock starts with the first step's line, so that kills fall into the steps whatever the machine's speed.
  child.stderr.once('data', () => setTimeout(() => child.kill('SIGKILL'), after));
  return new Promise((resolve) => child.on('close', (code) => resolve(code)));
}

describe('a run that is killed', () => {
  test('leaves the old model serving, whole, wherever it is killed; the next run completes', async () => {
    const localDir = await folder();
    const at: House = {
      ...(await house(join(localDir, 'artifacts'))),
      users: (await house(join(localDir, 'store'))).users,
    };
    const nights = [
      source,
      await nextNight(source, { busier: firstOf(0, 400), gone: firstOf(500, 200), times: 60 }),
    ] as const;
    expect(await killedRun(nights[0], localDir, 60_000)).toBe(0);
    let before = await expectOneVersion(at);
    const ends = { killed: 0, completed: 0 };
    for (const [i, after] of [0, 60, 120, 150, 180, 210, 240, 280, 330, 400].entries()) {
      const code = await killedRun(nights[(i + 1) % 2] as string, localDir, after);
      const now = await expectOneVersion(at);
      ends[code === 0 ? 'completed' : 'killed']++;
      if (code === 0) expect(now).not.toBe(before);
      before = now;
    }
    expect(ends.killed).toBeGreaterThan(0);
    expect(await killedRun(nights[1], localDir, 60_000)).toBe(0);
    const last = await expectOneVersion(at);
    expect(last).not.toBe(before);
    const ids: number[] = [];
    for await (const batch of at.users.ids()) ids.push(...batch);
    expect(ids).toHaveLength(USERS - 200);
  });
});
