import { readConfig } from '../shared/config.ts';
import { type Check, ModelRejectedError, ServiceError } from '../shared/errors.ts';
import { parseAsOf } from '../shared/pipeline/as-of.ts';
import { checkExport } from '../shared/pipeline/check-export.ts';
import { openCheckDeps, openRecompute, SEED } from '../shared/pipeline/open.ts';
import { parse, typedPath, whole } from './arguments.ts';
import { showStep } from './progress.ts';

const USAGE = 'npm run recompute -- [--source DIR] [--as-of TIME] [--seed N] [--force] [--json] [--check]';

const showChecks = (checks: readonly Check[]): void => {
  for (const { result, name, figure } of checks) process.stderr.write(`${result}  ${name}: ${figure}\n`);
};

/** Recomputes and publishes the clusters; with --json the reply is the only line on stdout. --check only checks the data. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parse(
    argv,
    {
      source: { type: 'string' },
      'as-of': { type: 'string' },
      seed: { type: 'string', default: String(SEED) },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
    USAGE,
  );
  const config = readConfig();
  const asOf = values['as-of'];
  const options = {
    source: values.source === undefined ? config.sourceUri : typedPath(values.source),
    asOf: asOf === undefined ? null : parseAsOf(asOf),
    seed: whole('--seed', values.seed, 0),
    force: values.force,
    idempotencyKey: null,
  };
  const print = (reply: unknown) => void (values.json && process.stdout.write(JSON.stringify(reply) + '\n'));
  try {
    if (values.check) {
      const report = await checkExport(await openCheckDeps(config), options);
      showChecks(report.checks);
      process.stderr.write('Checked: this export would be published. Nothing was.\n');
      print(report);
      return;
    }
    const reply = await openRecompute(config, showStep)(options);
    showChecks(reply.checks);
    const sizes = Object.entries(reply.cluster_distribution).map(([name, count]) => `${name} ${count}`);
    process.stderr.write(
      `Published ${reply.model_version}: ${sizes.join(', ')}; ${reply.users_written} users written, ${reply.users_removed} removed.\n`,
    );
    print(reply);
  } catch (error) {
    // A lone check is the error's own sentence.
    if (error instanceof ModelRejectedError && error.checks.length > 1) showChecks(error.checks);
    if (error instanceof ServiceError)
      print({ success: false, error: error.message, code: error.code, ...error.body });
    throw error;
  }
}
