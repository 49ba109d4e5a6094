import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folder } from '../setup/folders.ts';
import { FORMS, type NastyExport, writeNasty } from '../setup/nasty-export.ts';
import { type Expectation, expectedOf } from './oracle.ts';

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);
const TYPES = /^types of /;

interface Case {
  readonly nasty: NastyExport;
  readonly expected: Expectation;
}

async function written(seed: number): Promise<NastyExport> {
  return writeNasty(join(await folder(), 'export'), seed);
}

async function caseOf(seed: number): Promise<Case> {
  const nasty = await written(seed);
  return { nasty, expected: await expectedOf(nasty.files, nasty) };
}

/** Kinds of dirt that occur in no export of some. */
function missing(exports: readonly NastyExport[], among: (name: string) => boolean): string[] {
  const names = new Set(exports.flatMap(({ dirt }) => [...dirt.keys()].filter(among)));
  return [...names].filter((name) => exports.every(({ dirt }) => (dirt.get(name) ?? 0) === 0));
}

const bytesOf = ({ files }: NastyExport): Promise<Buffer[]> =>
  Promise.all(Object.values(files).flatMap((paths) => paths.map((path) => readFile(path))));

describe('exports full of dirt', () => {
  let cases: Case[];

  beforeAll(async () => {
    cases = [];
    for (const seed of SEEDS) cases.push(await caseOf(seed));
  });

  test('are the same bytes for the same seed', async () => {
    for (const [seed] of FORMS.entries()) {
      const [one, two] = [cases[seed]?.nasty as NastyExport, await written(seed)];
      const before = await bytesOf(one);
      expect(two.form).toBe(one.form);
      expect(two.dirt).toEqual(one.dirt);
      expect((await bytesOf(two)).map((bytes, i) => bytes.equals(before[i] as Buffer))).not.toContain(false);
    }
  });

  test('are others for another seed of the same form', async () => {
    const [one, two] = await Promise.all([0, FORMS.length].map(written));
    expect((await bytesOf(one as NastyExport)).map((bytes) => bytes.toString('base64'))).not.toEqual(
      (await bytesOf(two as NastyExport)).map((bytes) => bytes.toString('base64')),
    );
  });

  test('mean the same in any order of their parts', async () => {
    for (const { nasty, expected } of cases) {
      const { users, contents, interaction_events: events } = nasty.files;
      const files = {
        users: users.toReversed(),
        contents: contents.toReversed(),
        interaction_events: events.toReversed(),
      };
      expect(await expectedOf(files, nasty), nasty.form).toEqual(expected);
    }
  });

  test('hold every kind of dirt within twenty seeds', () => {
    const exports = cases.map(({ nasty }) => nasty);
    expect(missing(exports, (name) => !TYPES.test(name))).toEqual([]);
  });

  test('have columns of every type within the Parquet of ninety seeds', async () => {
    const seeds = Array.from({ length: 90 }, (_, seed) => seed);
    const exports: NastyExport[] = [];
    for (const seed of seeds) if (FORMS[seed % FORMS.length]?.typed) exports.push(await written(seed));
    expect(missing(exports, (name) => TYPES.test(name))).toEqual([]);
  });

  test('have the size and the shares that they should', () => {
    for (const { nasty, expected } of cases) {
      const { report } = expected;
      expect(report.user_rows, nasty.form).toBeGreaterThanOrEqual(60);
      expect(report.user_rows, nasty.form).toBeLessThanOrEqual(200);
      expect(report.content_rows, nasty.form).toBeGreaterThanOrEqual(60);
      expect(report.content_rows, nasty.form).toBeLessThanOrEqual(150);
      expect(report.events, nasty.form).toBeGreaterThanOrEqual(1200);
      expect(report.events, nasty.form).toBeLessThanOrEqual(3000);
      expect(report.matched_uses, nasty.form).toBeGreaterThan(report.events * 0.2);
    }
  });

  test('give every figure of the report something to count', () => {
    for (const { nasty, expected } of cases) {
      const { left_out: leftOut, ...figures } = expected.report;
      for (const name of [
        'unusable_user_rows',
        'repeated_user_rows',
        'unusable_content_rows',
        'uses',
      ] as const)
        expect(figures[name], `${nasty.form}: ${name}`).toBeGreaterThan(0);
      expect(figures.content_rows - figures.unusable_content_rows, nasty.form).toBeGreaterThan(
        figures.contents,
      );
      for (const reason of ['without user', 'unreadable date', 'in the future', 'unknown user'])
        expect(leftOut[reason], `${nasty.form}: ${reason}`).toBeGreaterThan(0);
      expect(Object.keys(figures.unknown_types).length, nasty.form).toBeGreaterThan(4);
    }
    const counted = (
      name: 'repeated_events' | 'malformed_cells' | 'unreadable_created' | 'unreadable_anciennete',
    ) => cases.filter(({ expected }) => expected.report[name] > 0).length;
    // Some exports have no ids of events, or columns whose types leave nothing to misread.
    expect(counted('repeated_events')).toBeGreaterThan(15);
    expect(counted('malformed_cells')).toBeGreaterThan(15);
    expect(counted('unreadable_created')).toBeGreaterThan(15);
    expect(counted('unreadable_anciennete')).toBeGreaterThan(15);
    const broken = ({ expected }: Case) => expected.report.not_utf8.interaction_events > 0;
    expect(cases.filter(broken).length).toBeGreaterThan(5);
    expect(cases.filter(({ expected }) => 'after as_of' in expected.report.left_out).length).toBeGreaterThan(
      3,
    );
  });

  test('bring out every feature and every part of a profile', () => {
    for (let feature = 0; feature < 13; feature++) {
      const carry = ({ expected }: Case) =>
        [...expected.users.values()].some(({ features }) => features[feature]);
      expect(cases.filter(carry).length, `feature ${feature}`).toBeGreaterThan(10);
    }
    const users = cases.flatMap(({ expected }) => [...expected.users.values()]);
    expect(new Set(users.map(({ degre }) => degre))).toEqual(new Set([1, 2, 3, null]));
    const niveaux = new Set(users.flatMap(({ niveaux }) => niveaux.split('|')));
    expect([...niveaux].sort()).toEqual(
      ['', 'autre', 'college', 'elementaire', 'lycee', 'lycee_pro', 'maternelle'].sort(),
    );
    expect(new Set(users.map(({ academie }) => academie)).size).toBeGreaterThan(15);
    expect(new Set(users.map(({ discipline }) => discipline)).size).toBeGreaterThan(4);
    expect(new Set(users.map(({ anciennete }) => anciennete)).size).toBeGreaterThan(20);
  });
});
