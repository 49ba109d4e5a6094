import { UsageError } from './arguments.ts';
import { report } from './failure.ts';
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
  deploy: () => import('./deploy.ts'),
  licences: () => import('./licences.ts'),
  bench: () => import('./bench.ts'),
  emulators: () => import('./emulators.ts'),
};

/** Makes what is generated, and runs the command. */
async function run([name = '', ...argv]: string[]): Promise<void> {
  const load = COMMANDS[name];
  if (!load)
    throw new UsageError(`Unknown command "${name}": use one of ${Object.keys(COMMANDS).join(', ')}.`);
  await generate();
  const { main } = await load();
  await main(argv);
}

run(process.argv.slice(2)).catch(report);
