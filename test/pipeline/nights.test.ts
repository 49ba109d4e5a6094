import { describe, expect, test } from 'vitest';
import { ModelRejectedError } from '../../shared/errors.ts';
import { checkExport } from '../../shared/pipeline/check-export.ts';
import { rollback } from '../../shared/pipeline/operate.ts';
import type { UserDocument } from '../../shared/storage/users.ts';
import { computed, NOW } from '../setup/computed.ts';
import { expectOneVersion, type House, house } from '../setup/house.ts';
import { changed, type Tables } from '../setup/small-export.ts';

const good = await changed(() => ({}));
const options = { asOf: null, seed: 1, force: false, idempotencyKey: null };
const clockOf = (time: string) => ({ now: () => Date.parse(time) });
const rejectionOf = async (work: Promise<unknown>): Promise<ModelRejectedError> => {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ModelRejectedError);
  return error as ModelRejectedError;
};
const failed = ({ checks }: ModelRejectedError): string[] =>
  checks.filter(({ result }) => result === 'FAIL').map(({ name }) => name);
const withEvent =
  (at: string, user = 1) =>
  ({ interaction_events: text }: Tables): Partial<Tables> => ({
    interaction_events: `${text}9001,${user},opened_mail,lettre,,${at}\n`,
  });

describe('the time of an export', () => {
  test('an event with the name of a zone is unreadable, and moves no other', async () => {
    const { report, users } = await computed(
      await changed(withEvent('2025-06-20 10:00:00 America/New_York')),
      null,
    );
    expect(report.left_out).toMatchObject({ 'unreadable date': 1 });
    expect(report.last_event).toBe('2025-06-27T10:00:00.000Z');
    expect(users).toEqual((await computed(good, null)).users);
  });

  test('an event in the future does not set as_of, is left out and warned of, even of an unknown user', async () => {
    const before = await computed(good, null);
    for (const user of [1, 777]) {
      const source = await changed(withEvent('2099-01-01 00:00:00', user));
      const { asOf, report, users } = await computed(source, null);
      expect(asOf).toBe(before.asOf);
      expect(users).toEqual(before.users);
      expect(report.left_out).toMatchObject({ 'in the future': 1, 'unknown user': 0 });
      const { checks } = await (await house()).run(source);
      expect(checks).toContainEqual({
        name: 'events in the future',
        result: 'WARN',
        figure: '1 of 95 (1.05 %)',
      });
    }
  });

  test('an event within a day after the clock is no future: clocks differ', async () => {
    const { asOf, report } = await computed(await changed(withEvent('2025-07-02 23:00:00')), null);
    expect(asOf).toBe('2025-07-02T23:00:00.000Z');
    expect(report.left_out).toMatchObject({ 'in the future': 0 });
  });

  test.each([
    ['2025-06-29T10:00:00Z', 'PASS', '2.0 days'],
    ['2025-07-01T10:00:00Z', 'WARN', '4.0 days'],
    ['2026-03-27T10:00:00Z', 'WARN', '273.0 days'],
  ])('an export read at %s has an age that is %s', async (time, result, figure) => {
    const { checks } = await (await house()).run(good, {}, clockOf(time));
    const age = checks.find(({ name }) => name === 'age of the data');
    expect(age).toMatchObject({ result, figure: expect.stringContaining(figure) });
  });

  test('an export that ends before the published one is a FAIL, which force overrides', async () => {
    const at = await house();
    await at.run(await changed(withEvent('2025-07-01 10:00:00')));
    const before = await expectOneVersion(at);
    const error = await rejectionOf(at.run(good));
    expect(failed(error)).toContain('end of the data against the published');
    expect(await expectOneVersion(at)).toBe(before);
    await at.run(good, { force: true });
    expect(await expectOneVersion(at)).not.toBe(before);
  });
});

describe('a new year', () => {
  test('changes no document, and every ancienneté that is served', async () => {
    const at = await house();
    const newYear = await changed((tables) => ({
      interaction_events: `${tables.interaction_events}9001,777,opened_mail,lettre,,2026-01-01 10:00:00\n`,
    }));
    const first = await at.run(good);
    const second = await at.run(newYear, {}, clockOf('2026-01-02T06:00:00Z'));
    expect(second.users_written).toBe(0);
    const years = async (version: string): Promise<string[]> =>
      (await at.artifact(version, 'assignments.csv'))
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((row) => row.split(',')[2] ?? '');
    expect(await years(first.model_version)).toEqual(new Array(8).fill('15'));
    expect(await years(second.model_version)).toEqual(new Array(8).fill('16'));
    await expectOneVersion(at);
  });
});

/** A user store that fails in the midst of publishing. */
const failing = (at: House) => ({
  users: Object.assign(Object.create(at.users) as House['users'], {
    write: (_documents: AsyncIterable<readonly UserDocument[]>): Promise<number> =>
      Promise.reject(new Error('no')),
  }),
});

describe('versions', () => {
  test('ten failed nights lose no published version, and what they left is no version', async () => {
    const at = await house();
    const published: string[] = [];
    for (let night = 0; night < 3; night++) published.unshift((await at.run(good)).model_version);
    for (let night = 0; night < 10; night++) {
      await expect(at.run(good, {}, failing(at))).rejects.toThrow('no');
    }
    const [left = ''] = (await at.artifacts.versions()).filter((version) => !published.includes(version));
    expect(left).not.toBe('');
    await expect(rollback(at.deps, left)).rejects.toThrow(
      `There is no version ${left}: kept are ${published.join(', ')}`,
    );
    published.unshift((await at.run(good)).model_version);
    expect((await at.artifacts.versions()).sort().reverse()).toEqual(published);
    const oldest = published.at(-1) as string;
    expect(await rollback(at.deps, oldest)).toMatchObject({ model_version: oldest });
    expect(await expectOneVersion(at)).toBe(oldest);
  });

  test('a pointer of an older form counts the versions that runs published', async () => {
    const at = await house();
    const first = await at.run(good);
    await expect(at.run(good, {}, failing(at))).rejects.toThrow('no');
    const placed = await at.artifacts.readPointer();
    const { published: _published, ...older } = placed?.pointer ?? {
      version: '',
      sequence: 0,
      computed_at: '',
      schema_version: 1,
    };
    await at.artifacts.movePointer(older, placed?.generation ?? null);
    const second = await at.run(good);
    expect((await at.artifacts.versions()).sort()).toEqual([first.model_version, second.model_version]);
  });
});

describe('checking an export', () => {
  test.each<[what: string, change: (tables: Tables) => Partial<Tables>]>([
    ['that is good', () => ({})],
    ['with an event in the future', withEvent('2099-01-01')],
    [
      'with types that nobody knows',
      ({ interaction_events: text }) => ({ interaction_events: text.replace('opened_mail', 'ouverture') }),
    ],
    [
      'that drifted',
      ({ interaction_events: text }) => ({ interaction_events: text.replaceAll('opened_mail', 'session') }),
    ],
    [
      'that is not UTF-8',
      ({ users }) => ({
        users: Buffer.from(users.replace('75011', '7501\xe9'), 'latin1') as unknown as string,
      }),
    ],
    ['of which nothing matches', ({ contents }) => ({ contents: contents.replaceAll(/^(\d)/gm, '9$1') })],
  ])('%s comes to the checks of a run', async (_, change) => {
    const at = await house();
    await at.run(good);
    const source = await changed(change);
    const outcome = (work: Promise<{ checks: unknown }>) =>
      work.then(
        ({ checks }) => checks,
        (error: unknown) => (error as ModelRejectedError).checks,
      );
    const checked = await outcome(checkExport(at.deps, { source, ...options }));
    expect(checked).toEqual(await outcome(at.run(source)));
    expect(checked).not.toHaveLength(0);
  });
});

describe('checks say in words', () => {
  const checksOf = async (change: (tables: Tables) => Partial<Tables>) =>
    (await (await house()).run(await changed(change))).checks;
  const columnsWithout = (text: string, ...names: string[]): string => {
    const [header = '', ...rows] = text.trimEnd().split('\n');
    const kept = header.split(',').map((name) => !names.includes(name));
    const cut = (row: string) =>
      row
        .split(',')
        .filter((_, i) => kept[i])
        .join(',');
    return [header, ...rows, ''].map(cut).join('\n');
  };

  test('which columns are not there', async () => {
    const checks = await checksOf(({ interaction_events, contents }) => ({
      interaction_events: columnsWithout(interaction_events, 'id'),
      contents: columnsWithout(contents, 'title', 'cps'),
    }));
    expect(checks).toContainEqual({
      name: 'columns',
      result: 'WARN',
      figure: 'not there: contents.title, contents.cps, interaction_events.id',
    });
    const texts = await checksOf(({ contents }) => ({
      contents: columnsWithout(contents, 'title', 'markdown'),
    }));
    expect(texts).toContainEqual({
      name: 'columns',
      result: 'PASS',
      figure: 'not there: contents.title, contents.markdown',
    });
  });

  test('which event types nobody knows, but no cell that is no type', async () => {
    const checks = await checksOf(({ interaction_events: text }) => ({
      interaction_events: text
        .replace('opened_mail', 'ouverture')
        .replace('opened_mail', ' OUVERTURE ')
        .replace('opened_mail', 'jeanne.dupont@example.org')
        .replace('opened_mail', ' Opened_Mail'),
    }));
    expect(checks).toContainEqual({
      name: 'event types nobody knows',
      result: 'WARN',
      figure: '3 of 94 (3.19 %): ouverture 2, others 1',
    });
  });

  test('how many users’ years cannot be read', async () => {
    const checks = await checksOf(({ users }) => ({
      users: users.replace('2011-03-01 10:00:00', 'jadis').replace('75011,2,', '75011,deux,'),
    }));
    expect(checks).toContainEqual({
      name: 'unreadable years of users',
      result: 'WARN',
      figure: 'created_at 1 of 8 (12.50 %), anciennete 1 of 8 (12.50 %)',
    });
  });

  test('which rows are not UTF-8: few are read without those cells, more than one in a thousand end the run', async () => {
    const many = Array.from(
      { length: 2500 },
      (_, i) => `${5000 + i},${1 + (i % 8)},opened_mail,lettre,,2025-06-11 10:00:00\n`,
    );
    const source = (broken: number) =>
      changed(({ interaction_events: text }) => ({
        interaction_events: Buffer.from(
          text +
            many
              .map((row, i) => (i >= many.length - broken ? row.replace('lettre', 'lettre \xe9') : row))
              .join(''),
          'latin1',
        ) as unknown as string,
      }));
    const at = await house();
    const { checks, source: report } = await at.run(await source(2));
    expect(report.not_utf8).toMatchObject({ interaction_events: 2 });
    expect(checks).toContainEqual({
      name: 'rows that are not UTF-8',
      result: 'WARN',
      figure: expect.stringMatching(
        /^interaction_events 2 of 2594 \(0\.08 %\); first: .*interaction_events\.csv line 2594$/,
      ),
    });
    expect(failed(await rejectionOf(at.run(await source(3))))).toEqual(['rows that are not UTF-8']);
  });

  test('no NaN where there are exactly four behaviours', async () => {
    const rows = Array.from({ length: 8 }, (_, i) => i + 1).flatMap((user) =>
      Array.from({ length: [0, 3, 9, 30][Math.ceil(user / 2) - 1] ?? 0 }, (_, i) => [user, i] as const),
    );
    const checks = await checksOf(() => ({
      interaction_events: [
        'id,user_id,type,content_type,content_id,created_at',
        ...rows.map(([user, i], n) =>
          user > 4
            ? `${n},${user},page_view,contenu,${1 + (i % (user > 6 ? 8 : 4))},2025-06-20 10:00:00`
            : `${n},${user},opened_mail,lettre,,2025-06-20 10:00:00`,
        ),
        '',
      ].join('\n'),
    }));
    expect(checks.map(({ figure }) => figure).join()).not.toContain('NaN');
    expect(checks.find(({ name }) => name === 'inertia above a fresh fit')?.figure).toBe('0.00 %');
  });
});

describe('a run that fails', () => {
  test('says nothing of what stands in a cell, in its error or in its record', async () => {
    const at = await house();
    const source = await changed(({ users }) => ({
      users: `${users}9,"JEANNE "DUPONT",75011,1,x,[],[],[]\n`,
    }));
    const error = await rejectionOf(at.run(source));
    const told = JSON.stringify([
      error,
      error.message,
      error.stack,
      String(error.cause),
      await at.users.runs(0),
    ]);
    expect(told).toContain('a quote inside a quoted cell must be doubled');
    expect(told).not.toMatch(/JEANNE|DUPONT/);
  });

  test('of too little memory says so, and blames no file', async () => {
    const at = await house();
    await expect(at.run(good, {}, { memory: '2MB' })).rejects.toThrow(
      /DuckDB has too little memory .* raise DUCKDB_MEMORY/,
    );
    expect(NOW).toBe(at.deps.now());
  });
});
