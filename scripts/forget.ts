import { readConfig } from '../shared/config.ts';
import { openDeps } from '../shared/pipeline/open.ts';
import { forget } from '../shared/pipeline/operate.ts';
import { parse, UsageError, whole } from './arguments.ts';

const USAGE = 'npm run forget -- USER_ID';

/** Takes a user out of the store and of every artifact. */
export async function main(argv: string[]): Promise<void> {
  const { positionals } = parse(argv, {}, USAGE, 1);
  const [id] = positionals;
  if (id === undefined) throw new UsageError(`Usage: ${USAGE}`);
  const userId = whole('USER_ID', id, 1);
  const redacted = await forget(await openDeps(readConfig(), () => undefined), userId);
  for (const artifact of redacted) process.stderr.write(`taken out of ${artifact}\n`);
  process.stderr.write(
    redacted.length > 0
      ? `User ${userId} is in no store and no artifact any more.\n`
      : `User ${userId} is unknown, no version kept and no store holds the id: check it.\n`,
  );
}
