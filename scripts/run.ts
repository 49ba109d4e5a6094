import { ConfigError } from '../shared/config.ts';
import { ServiceError } from '../shared/errors.ts';
import { UsageError } from './arguments.ts';
import { generate } from './generate.ts';

/** What each command does, by the name npm runs it by; a module's `main` takes the arguments after the name. */
const COMMANDS: Readonly<Record<string, () => Promise<{ main: (argv: string[]) => Promise<void> }>>> = {
  start: () => import('./start.ts'),
  generate: async () => ({ main: async () => undefined }),
  sample: () => import('./sample.ts'),
  recompute: () => import('./recompute.ts'),
  runs: () => import('./runs.ts'),
  rollback: () => import('./rollback.ts'),
  forget: () => import('./forget.ts'),
  lexicon: () => import('./lexicon.ts'),
  evaluate: () => import('./evaluate.ts'),
  classify: () => import('./classify.ts'),
  build: () => import('./build.ts'),
  bench: () => import('./bench.ts'),
  emulators: () => import('./emulators.ts'),
};

/** Makes what is generated, runs the command, and turns any error a person can act on into one sentence. */
async function run([name = '', ...argv]: string[]): Promise<void> {
  const load = COMMANDS[name];
  if (!load)
    throw new UsageError(`Unknown command "${name}": use one of ${Object.keys(COMMANDS).join(', ')}.`);
  await generate();
  const { main } = await load();
  await main(argv);
}

run(process.argv.slice(2)).catch((error: unknown) => {
  const expected =
    error instanceof ServiceError || error instanceof ConfigError || error instanceof UsageError;
  process.stderr.write(
    `${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
