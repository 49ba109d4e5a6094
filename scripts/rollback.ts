import { readConfig } from '../shared/config.ts';
import { openDeps } from '../shared/pipeline/open.ts';
import { rollback } from '../shared/pipeline/operate.ts';
import { parse, UsageError } from './arguments.ts';

const USAGE = 'npm run rollback -- VERSION';

/** Makes an older version the served one again. */
export async function main(argv: string[]): Promise<void> {
  const { positionals } = parse(argv, {}, USAGE, 1);
  const [version] = positionals;
  if (version === undefined) throw new UsageError(`Usage: ${USAGE}`);
  const reply = await rollback(await openDeps(readConfig(), () => undefined), version);
  process.stderr.write(
    `Served is ${version} again, instead of ${reply.previous_version}; ${reply.users_written} users written.\n`,
  );
}
