import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Model, Profiles } from '../../shared/clustering/model.ts';
import { ModelRejectedError } from '../../shared/errors.ts';
import type { Feature } from '../../shared/features/features.ts';
import { literal } from '../../shared/features/sql.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { sampleExport } from '../setup/api.ts';
import { type Rows, writeExport } from '../setup/exports.ts';
import { folder } from '../setup/folders.ts';
import { expectOneVersion, house } from '../setup/house.ts';

const mean = (profiles: Profiles, id: 0 | 1 | 2 | 3, feature: Feature): number =>
  profiles.clusters[id].profile[feature];

describe('a recompute of sample exports', async () => {
  const source = await sampleExport(3000);
  const at = await house();
  const reply = await at.run(source);
  const profiles = JSON.parse(await at.artifact(reply.model_version, 'profiles.json')) as Profiles;
  const model = JSON.parse(await at.artifact(reply.model_version, 'model.json')) as Model;

  test('puts between 1 % and 80 % of the users into each cluster', () => {
    for (const count of Object.values(reply.cluster_distribution)) {
      expect(count / 3000).toBeGreaterThan(0.01);
      expect(count / 3000).toBeLessThan(0.8);
    }
  });

  test('names the clusters by what they do', () => {
    const content = ([0, 1, 2, 3] as const).map((id) => mean(profiles, id, 'total_interactions_x'));
    const mail = ([0, 1, 2, 3] as const).map((id) => mean(profiles, id, 'nb_opened_mail'));
    const [c0, c1, c2, c3] = content as [number, number, number, number];
    expect(c2).toBe(Math.max(...content));
    expect(c0).toBeGreaterThan(Math.max(c1, c3));
    expect(mail[1]).toBeGreaterThan(Math.max(mail[0] as number, mail[3] as number));
    expect(c3 + (mail[3] as number)).toBe(Math.min(...content.map((c, id) => c + (mail[id] as number))));
  });

  test('publishes the artifacts that the contract names', async () => {
    expect(model.features).toHaveLength(13);
    expect(model.lineage).toMatchObject({ parent: null, init: 'fresh', seed: 1 });
    const csv = (await at.artifact(reply.model_version, 'assignments.csv')).trimEnd().split('\n');
    expect(csv[0]).toBe('user_id,cluster,anciennete,degre,academie,niveaux_enseignes');
    expect(csv).toHaveLength(3001);
    const bench = await Workbench.open('500MB');
    const from = `read_parquet(${literal(join(at.path, 'models', reply.model_version, 'features.parquet'))})`;
    const columns = await bench.rows(`DESCRIBE SELECT * FROM ${from}`);
    const { rows } = await bench.row(`SELECT count(*) AS rows FROM ${from}`);
    await bench.close();
    expect(columns.map((column) => column['column_name'])).toEqual(['user_id', ...model.features]);
    expect(rows).toBe(3000);
  });

  test('files the contents under themes, and under défis where the editors set no flag', async () => {
    const lines = (await at.artifact(reply.model_version, 'contents.jsonl')).trimEnd().split('\n');
    const contents = lines.map(
      (line) =>
        JSON.parse(line) as {
          kind: string;
          id: number;
          editors_defis: string[];
          themes: { id: string; score: number }[];
          defis: { id: string }[];
        },
    );
    expect(contents).toHaveLength(4898);
    expect(contents.every(({ editors_defis: own, defis }) => own.length === 0 || defis.length === 0)).toBe(
      true,
    );
    expect(contents.some(({ defis }) => defis.length > 0)).toBe(true);
    expect(contents.some(({ editors_defis: own }) => own.includes('student_success'))).toBe(true);
    expect(contents.filter(({ themes }) => themes.length > 0).length).toBeGreaterThan(4000);
    expect(lines.join('')).not.toContain('Des pistes pour la classe');
  });

  test('the same seed gives the same model bit for bit, whatever the order of the rows', async () => {
    const shuffled = await folder();
    const bench = await Workbench.open('500MB');
    for (const table of ['users', 'contents', 'interaction_events']) {
      const from = `read_csv(${literal(join(source, `${table}.csv`))}, all_varchar = true)`;
      await bench.run(
        `COPY (SELECT * FROM ${from} ORDER BY hash(#1, #2)) TO ${literal(join(shuffled, `${table}.csv`))}`,
      );
    }
    await bench.close();
    const other = await house();
    const again = await other.run(shuffled);
    for (const name of ['model.json', 'assignments.csv', 'profiles.json', 'contents.jsonl']) {
      expect(await other.artifact(again.model_version, name)).toBe(
        await at.artifact(reply.model_version, name),
      );
    }
  });

  test('a second run on the same export starts from the model, moves nobody and writes nothing', async () => {
    const other = await house();
    await other.run(source);
    const second = await other.run(source);
    expect(second).toMatchObject({ users_written: 0, users_removed: 0 });
    expect(second.moves.matrix.flat().filter((count) => count > 0)).toHaveLength(4);
    const lineage = JSON.parse(await other.artifact(second.model_version, 'model.json')) as Model;
    expect(lineage.lineage).toMatchObject({ init: 'warm', parent: reply.model_version });
  });

  test('every user document says what the assignments say', async () => {
    expect(await expectOneVersion(at)).toBe(reply.model_version);
  });
});

describe('a recompute of data that is wrong', () => {
  const users: Rows = Array.from({ length: 40 }, (_, i) => ({ id: i + 1 }));
  const contents: Rows = [{ id: 1, type: 'article' }];
  const events: Rows = users.map(({ id }) => ({
    user_id: id as number,
    type: 'opened_mail',
    content_type: 'x',
    content_id: '',
    created_at: '2025-01-01',
  }));

  const without = (rows: Rows, column: string): Rows =>
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => key !== column)));

  test.each<[string, Record<string, Rows>, RegExp]>([
    ['a missing file', { users, contents }, /interaction_events\.csv .* is missing\.$/],
    [
      'a missing column of the events',
      { users, contents, interaction_events: without(events, 'content_id') },
      /interaction_events\.csv lacks the required column "content_id"\.$/,
    ],
    [
      'a missing column of the contents',
      { users, contents: without(contents, 'type'), interaction_events: events },
      /contents\.csv lacks the required column "type"\.$/,
    ],
    ['an empty table', { users: users.slice(0, 0), contents, interaction_events: events }, /users\.csv/],
    [
      'no readable date at all',
      { users, contents, interaction_events: events.map((row) => ({ ...row, created_at: 'x' })) },
      /no event with a readable created_at/,
    ],
    [
      'no usable user id',
      { users: [{ id: 'a' }, { id: -1 }], contents, interaction_events: events },
      /no user with a whole positive id/,
    ],
    ['users who all do the same', { users, contents, interaction_events: events }, /No four clusters/],
  ])('%s is named, and nothing is published', async (_, tables, message) => {
    const { run, artifacts, users: store } = await house();
    const error = await run(await writeExport(await folder(), tables)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ModelRejectedError);
    expect((error as Error).message).toMatch(message);
    expect((error as ModelRejectedError).checks.some(({ result }) => result === 'FAIL')).toBe(true);
    expect(await artifacts.readPointer()).toBeNull();
    expect((await store.runs(0))[0]).toMatchObject({ status: 'rejected' });
  });

  test('a header without rows, a file without bytes and a torn row are named', async () => {
    const { run } = await house();
    const source = await writeExport(await folder(), { users, contents, interaction_events: events });
    const file = join(source, 'interaction_events.csv');
    const text = await readFile(file, 'utf8');
    for (const [body, message] of [
      ['', /is empty/],
      [text.slice(0, text.indexOf('\n') + 1), /holds no rows/],
      [text.replace('2025-01-01\n', '2025-01-01,one,too,many\n'), /cannot be read/],
      [
        Buffer.concat([
          Buffer.from(text),
          Buffer.from([0x35, 0x2c, 0xff, 0xfe, 0x2c, 0x78, 0x2c, 0x79, 0x2c, 0x32, 0x0a]),
        ]),
        /rows that are not UTF-8 is interaction_events 1 of 41 .*interaction_events\.csv line 42/,
      ],
    ] as const) {
      await writeFile(file, body);
      await expect(run(source)).rejects.toThrow(message);
    }
    await rm(source, { recursive: true });
    await expect(run(source)).rejects.toThrow(/cannot be read: check that it exists/);
  });
});
