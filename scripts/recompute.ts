import { readConfig } from '../shared/config.ts';
import { ModelRejectedError } from '../shared/errors.ts';
import { parseAsOf } from '../shared/pipeline/as-of.ts';
import { openRecompute, SEED } from '../shared/pipeline/open.ts';
import { parse, typedPath, whole } from './arguments.ts';
import { showStep } from './progress.ts';

const USAGE = 'npm run recompute -- [--source DIR] [--as-of TIME] [--seed N] [--force] [--json]';

/** Recomputes and publishes the clusters; with --json the reply is the only line on stdout. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parse(
    argv,
    {
      source: { type: 'string' },
      'as-of': { type: 'string' },
      seed: { type: 'string', default: String(SEED) },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    USAGE,
  );
  const config = readConfig();
  const asOf = values['as-of'];
  try {
    const reply = await openRecompute(
      config,
      showStep,
    )({
      source: values.source === undefined ? config.sourceUri : typedPath(values.source),
      asOf: asOf === undefined ? null : parseAsOf(asOf),
      seed: whole('seed', values.seed, 0),
      force: values.force,
      idempotencyKey: null,
    });
    const sizes = Object.entries(reply.cluster_distribution).map(([name, count]) => `${name} ${count}`);
    process.stderr.write(
      `Published ${reply.model_version}: ${sizes.join(', ')}; ${reply.users_written} users written.\n`,
    );
    if (values.json) process.stdout.write(JSON.stringify(reply) + '\n');
  } catch (error) {
    if (error instanceof ModelRejectedError) {
      for (const check of error.checks)
        process.stderr.write(`${check.result}  ${check.name}: ${check.figure}\n`);
    }
    throw error;
  }
}
