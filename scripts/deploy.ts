import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandError, parse, typedPath, typedText, UsageError } from './arguments.ts';
import { buildAll, functionNames } from './build.ts';
import { execute, runIn } from './deploy/execute.ts';
import { plan } from './deploy/plan.ts';
import { scriptOf } from './deploy/script.ts';
import { readSettings } from './deploy/settings.ts';
import { defaultExports, type Step, type Target } from './deploy/step.ts';
import { say } from './progress.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const USAGE =
  'npm run deploy -- --project PROJECT [--region REGION] [--only FUNCTION] [--dry-run] [--exports gs://BUCKET/PREFIX] [--client-keys FILE] [--client-accounts EMAIL,…] [--cors-origins URL,…]';

const OPTIONS = {
  project: { type: 'string' },
  region: { type: 'string' },
  only: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  exports: { type: 'string' },
  'client-keys': { type: 'string' },
  'client-accounts': { type: 'string' },
  'cors-origins': { type: 'string' },
} as const;

/** What an option's value must look like, and how to say so. */
const FORMS = {
  project: [/^[a-z][a-z\d-]{4,28}[a-z\d]$/, 'the id of a Google Cloud project, such as etreprof-ml'],
  region: [/^[a-z]+-[a-z]+\d+$/, 'a region, such as europe-west1'],
  exports: [/^gs:\/\/[a-z\d][\w.-]+\/[\w./-]+$/, 'a place in a bucket, such as gs://bucket/nightly'],
  'client-accounts': [/^[^\s,|@]+@[^\s,|@]+(,[^\s,|@]+@[^\s,|@]+)*$/, 'e-mail addresses, parted by commas'],
  'cors-origins': [
    /^https:\/\/[^\s,|/]+(,https:\/\/[^\s,|/]+)*$/,
    'origins such as https://example.org, parted by commas',
  ],
} as const;

type Values = Partial<Record<keyof typeof FORMS | 'only' | 'client-keys', string>>;

/** @throws UsageError naming the option that cannot be used */
function checked(values: Values, name: keyof typeof FORMS): string | null {
  const value = values[name];
  const [form, description] = FORMS[name];
  if (value !== undefined && !form.test(value))
    throw new UsageError(`--${name} must be ${description}, not "${value}".`);
  return value ?? null;
}

/** The one region of the rewrites in firebase.json, which the functions must share. */
async function hostedRegion(): Promise<string> {
  const { hosting } = JSON.parse(await readFile(join(ROOT, 'firebase.json'), 'utf8')) as {
    hosting: { rewrites: readonly { function: { region: string } }[] };
  };
  const [region = '', ...others] = new Set(hosting.rewrites.map((rewrite) => rewrite.function.region));
  if (others.length > 0) throw new UsageError('firebase.json names several regions: keep one.');
  return region;
}

/** The file of key hashes, checked: a key itself must never get into the secret. @throws UsageError */
async function keyFile(typed: string | undefined): Promise<string | null> {
  if (typed === undefined) return null;
  const path = typedPath(typed);
  const text = await typedText(typed);
  if (!/^[\da-f]{64}(,[\da-f]{64})*\s*$/.test(text))
    throw new UsageError(
      `${path} must hold the SHA-256 hashes of the keys, in lower-case hex, parted by commas on one line.`,
    );
  return path;
}

/** The target that the options describe. @throws UsageError */
export async function targetOf(values: Values): Promise<Target> {
  const project = checked(values, 'project');
  if (project === null) throw new UsageError(`--project is missing: which project?\nUsage: ${USAGE}`);
  const hosted = await hostedRegion();
  const region = checked(values, 'region') ?? hosted;
  if (region !== hosted)
    throw new UsageError(
      `firebase.json sends the public routes to ${hosted}: write ${region} there too, or leave --region out.`,
    );
  const exportsUri = checked(values, 'exports');
  return {
    project,
    region,
    exportsUri: exportsUri ?? defaultExports(project),
    ownsExports: exportsUri === null,
    clientKeys: await keyFile(values['client-keys']),
    clientAccounts: checked(values, 'client-accounts'),
    corsOrigins: checked(values, 'cors-origins'),
  };
}

/** @throws CommandError when a program of the plan is not on PATH */
function requirePrograms(steps: readonly Step[]): void {
  const how = {
    gcloud: 'install the Google Cloud CLI',
    firebase: 'install it with "npm install --global firebase-tools"',
  };
  const used = new Set(
    steps.flatMap(({ create, update }) => [...create, ...update]).map(({ program }) => program),
  );
  for (const program of used) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error)
      throw new CommandError(`${program} is not on PATH: ${how[program]}, then deploy again.`);
  }
}

/** Creates or updates everything that the service is made of in a project; `--dry-run` prints the commands instead. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parse(argv, OPTIONS, USAGE);
  const names = await functionNames();
  const only = values.only ?? null;
  if (only !== null && !names.includes(only))
    throw new UsageError(`There is no function "${only}": the functions are ${names.join(', ')}.`);
  const settings = await readSettings(ROOT, names);
  if (only !== null && values['client-keys'] !== undefined && !settings.get(only)?.uses.includes('keys'))
    throw new UsageError(`${only} checks no client keys: leave --client-keys out, or deploy user-profile.`);
  const steps = plan(await targetOf(values), settings, only);
  if (values['dry-run']) {
    process.stdout.write(scriptOf(steps));
    return;
  }
  requirePrograms(steps);
  say('Building …');
  await buildAll(join(ROOT, 'dist'));
  await execute(steps, { run: runIn(ROOT), say, settle: () => pause(10_000) });
  say('Deployed.');
}
