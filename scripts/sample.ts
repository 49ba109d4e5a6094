import { readdir } from 'node:fs/promises';
import { onDisk } from '../shared/storage/local/files.ts';
import { parse, typedPath, UsageError, whole, whyUnreadable } from './arguments.ts';
import { progressBar } from './progress.ts';
import { writeSample } from './sample/export.ts';

const USAGE = 'npm run sample -- --users 54739 --seed 1 --out DIR';

/** Writes sample exports. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parse(
    argv,
    {
      users: { type: 'string', default: '54739' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
    USAGE,
  );
  if (values.out === undefined) throw new UsageError(`--out is missing.\nUsage: ${USAGE}`);
  const out = typedPath(values.out);
  const users = whole('--users', values.users, 1);
  const there = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`${out} cannot be used: ${whyUnreadable(error)}.`);
  });
  if (there.some((name) => /^(users|contents|interaction_events)\./.test(name)))
    throw new UsageError(`${out} holds an export already: name another folder, or delete that one.`);
  const seed = whole('--seed', values.seed, 0);
  const place = { what: `The folder ${out}`, another: 'name another one with --out' };
  const { events } = await onDisk(place, () =>
    writeSample({ users, seed, out, onProgress: progressBar('events') }),
  );
  process.stderr.write(`${users} users and ${events} events are in ${out}\n`);
}
