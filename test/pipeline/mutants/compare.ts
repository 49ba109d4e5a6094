import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Computed from '../../setup/computed.ts';
import { writeNasty } from '../../setup/nasty-export.ts';
import { expectedOf } from '../oracle.ts';
import { MUTANTS, type Mutant } from './rules.ts';

/**
 * Compares the pipeline with each rule switched off to the oracle and prints, as lines of JSON, the first seed in which
 * they differ; null when none does. Run in a process of its own: `tsx compare.ts ROOT FOLDER SEEDS`.
 */
const [root = '', folder = '', seeds = ''] = process.argv.slice(2);

async function treeOf(mutant: Mutant, name: string): Promise<string> {
  const tree = join(folder, name);
  for (const part of ['shared/features', 'shared/pipeline', 'shared/storage', 'shared/clustering'])
    await cp(join(root, part), join(tree, part), { recursive: true });
  for (const part of ['shared/classification', 'node_modules', '.generated', 'package.json'])
    await symlink(join(root, part), join(tree, part));
  for (const part of ['errors.ts', 'config.ts', 'days.ts', 'log.ts', 'once.ts', 'validator.ts', 'version.ts'])
    await cp(join(root, 'shared', part), join(tree, 'shared', part));
  await mkdir(join(tree, 'test', 'setup'), { recursive: true });
  await cp(join(root, 'test/setup/computed.ts'), join(tree, 'test/setup/computed.ts'));
  const file = join(tree, mutant.file);
  const text = await readFile(file, 'utf8');
  if (!text.includes(mutant.find))
    throw new Error(`${mutant.file} does not state "${mutant.rule}" any more.`);
  await writeFile(
    file,
    text.replace(mutant.find, () => mutant.replace),
  );
  return tree;
}

const sorted = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

const cases = await Promise.all(
  Array.from({ length: Number(seeds) }, async (_, seed) => {
    const written = await writeNasty(join(folder, `seed-${seed}`), seed);
    return { ...written, seed, expected: await expectedOf(written.files, written) };
  }),
);

/** Whether a pipeline comes to another result than the oracle, or to none. */
async function differs(
  { computed }: typeof Computed,
  { source, asOf, now, expected }: (typeof cases)[number],
) {
  try {
    const until = asOf === null ? null : new Date(asOf).toISOString();
    const { users, report, asOf: found } = await computed(source, until, now);
    const { absent_columns: _absent, first_not_utf8: _first, ...figures } = report;
    const text = (value: unknown) => JSON.stringify(value);
    const byId = <T>(map: ReadonlyMap<number, T>) => [...map].sort(([a], [b]) => a - b);
    const keys = Object.keys(expected.report).sort() as (keyof typeof expected.report)[];
    const own: typeof expected.report = { ...figures, left_out: sorted(figures.left_out) };
    const same = (a: unknown, b: unknown) =>
      a instanceof Object && b instanceof Object
        ? text(Object.entries(a).sort()) === text(Object.entries(b).sort())
        : a === b;
    return (
      found !== expected.asOf ||
      keys.some((key) => !same(own[key], expected.report[key])) ||
      byId(users).some(([id, user]) => !same(user, expected.users.get(id))) ||
      users.size !== expected.users.size
    );
  } catch {
    return true;
  }
}

/** Runs over all seeds with the rules as they are, then with each switched off. */
const untouched = (await import(pathToFileURL(join(root, 'test/setup/computed.ts')).href)) as typeof Computed;
for (const one of cases) {
  if (await differs(untouched, one)) throw new Error(`Seed ${one.seed} differs with every rule in force.`);
}
for (const [index, mutant] of MUTANTS.entries()) {
  const tree = await treeOf(mutant, `mutant-${index}`);
  const changed = (await import(pathToFileURL(join(tree, 'test/setup/computed.ts')).href)) as typeof Computed;
  let seed: number | null = null;
  for (const one of cases) {
    if (await differs(changed, one)) {
      ({ seed } = one);
      break;
    }
  }
  process.stdout.write(`${JSON.stringify({ rule: mutant.rule, seed })}\n`);
}
