import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../scripts/arguments.ts';
import { functionNames } from '../../scripts/build.ts';
import { main, targetOf } from '../../scripts/deploy.ts';
import { execute, runIn } from '../../scripts/deploy/execute.ts';
import { environmentOf } from '../../scripts/deploy/function.ts';
import { plan } from '../../scripts/deploy/plan.ts';
import { quote, typed } from '../../scripts/deploy/script.ts';
import { readSettings, type Settings, settingsOf } from '../../scripts/deploy/settings.ts';
import type { Command, Step, Target } from '../../scripts/deploy/step.ts';
import { OPERATIONS } from '../../scripts/gateway.ts';
import { folder } from '../setup/folders.ts';
import { parsedByGcloud } from '../setup/gcloud.ts';
import { type Answer, recordedPrograms } from '../setup/programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HASH = 'a'.repeat(64);

let settings: Map<string, Settings>;
let target: Target;

beforeAll(async () => {
  settings = await readSettings(ROOT, await functionNames());
  target = await targetOf({ project: 'my-project' });
});

const its = (name: string): Settings => settings.get(name) as Settings;
const commandsOf = (steps: readonly Step[]): Command[] =>
  steps.flatMap(({ exists, create, update }) => [...(exists ? [exists] : []), ...create, ...update]);
const lines = (steps: readonly Step[]): string[] => commandsOf(steps).map(typed);
const deployOf = (name: string): string =>
  lines(plan(target, settings, name)).find((line) => line.startsWith('gcloud functions deploy')) as string;

/** Carries the plan out with recorded programs; what it said and, if it stopped, the error. */
async function deployed(answers: readonly Answer[], only: string | null = null) {
  const programs = await recordedPrograms(['gcloud', 'firebase'], answers);
  const said: string[] = [];
  let pauses = 0;
  const error = await execute(plan(target, settings, only), {
    run: (command) => runIn(ROOT, programs.env)(command, true),
    say: (text) => void said.push(text),
    settle: async () => void pauses++,
  }).then(
    () => null,
    (error: unknown) => error as Error,
  );
  const calls = (await programs.calls()).map((call) => call.join(' '));
  return { calls, error, pauses, said: said.join('\n') };
}

const nothingThere: Answer = {
  match: /(accounts|buckets|databases|secrets|jobs) describe /,
  code: 1,
  says: 'ERROR: (gcloud) NOT_FOUND: no such thing',
};

describe('deploy.json', () => {
  test('of every function says what it is and what it uses', () => {
    expect([...settings.keys()].sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
    expect(its('recompute')).toMatchObject({ maxInstances: 1, concurrency: 1, timeoutSeconds: 3600 });
    expect([...settings].filter(([, { schedule }]) => schedule).map(([name]) => name)).toEqual(['recompute']);
  });

  test('of every function uses what its index.ts opens, and nothing else', async () => {
    for (const [name, { access, uses }] of settings) {
      const source = await readFile(join(ROOT, 'functions', name, 'index.ts'), 'utf8');
      const isRecompute = source.includes('openRecompute(');
      expect({ name, uses: uses.map((use) => use.replace(/-status$/, '')) }).toEqual({
        name,
        uses: [
          ...(isRecompute || source.includes('openPublished(') ? ['artifacts'] : []),
          ...(isRecompute || source.includes('openUserReader(') ? ['users'] : []),
          ...(access === 'client' ? ['keys'] : []),
          ...(isRecompute ? ['exports'] : []),
        ],
      });
    }
  });

  test.each<[string, Partial<Record<keyof Settings, unknown>>, RegExp]>([
    ['an unknown field', { colour: 'red' } as object, /additional properties/],
    ['a use that nobody provides', { uses: ['queue'] }, /uses\/0/],
    ['a timeout above an hour', { timeoutSeconds: 3601 }, /timeoutSeconds must be <= 3600/],
    ['several requests at once on half a CPU, which Cloud Run refuses', { cpu: '0.5' }, /cpu/],
    ['8 GiB on one CPU, which Cloud Run refuses', { memory: '8Gi' }, /cpu/],
  ])('with %s is refused in one sentence', (_, change, message) => {
    const json = { ...its('health'), ...change };
    expect(() => settingsOf('health', json)).toThrow(message);
    expect(() => settingsOf('health', json)).toThrow(/^functions\/health\/deploy\.json cannot be used/);
  });
});

describe('the plan', () => {
  test('gives each function the numbers of its deploy.json', () => {
    expect(deployOf('recompute')).toMatch(
      / --memory=4Gi --cpu=2 --timeout=3600s --concurrency=1 --min-instances=0 --max-instances=1 /,
    );
    for (const name of settings.keys()) {
      expect(deployOf(name)).toContain(`gcloud functions deploy ${name} --gen2 --runtime=nodejs24`);
      expect(deployOf(name)).toContain(`--source=dist/${name} --entry-point=${name}`);
    }
  });

  test('gives each function the variables of what it uses, and no others', () => {
    const names = (name: string) => Object.keys(environmentOf(target, name, its(name))).slice(2);
    expect(Object.fromEntries([...settings.keys()].map((name) => [name, names(name)]))).toEqual({
      classify: [],
      clusters: ['ARTIFACT_BUCKET'],
      health: ['ARTIFACT_BUCKET', 'FIRESTORE_DATABASE'],
      recommend: ['ARTIFACT_BUCKET'],
      recompute: [
        'ARTIFACT_BUCKET',
        'FIRESTORE_DATABASE',
        'SOURCE_URI',
        'TOKEN_AUDIENCE',
        'OPERATOR_ACCOUNTS',
      ],
      'user-profile': ['ARTIFACT_BUCKET', 'FIRESTORE_DATABASE', 'TOKEN_AUDIENCE', 'RATE_LIMIT_PER_MINUTE'],
    });
    expect(environmentOf(target, 'recompute', its('recompute'))).toMatchObject({
      SOURCE_URI: 'gs://my-project-etreprof-exports/nightly',
      TOKEN_AUDIENCE: 'https://europe-west1-my-project.cloudfunctions.net/recompute',
      OPERATOR_ACCOUNTS: 'etreprof-scheduler@my-project.iam.gserviceaccount.com',
    });
  });

  test('keeps values with commas whole', async () => {
    const open = { ...target, clientAccounts: 'a@x.org,b@x.org', corsOrigins: 'https://a.org,https://b.org' };
    const [deploy] = lines(plan(open, settings, 'user-profile'));
    expect(deploy).toContain('|CLIENT_ACCOUNTS=a@x.org,b@x.org|CORS_ORIGINS=https://a.org,https://b.org');
    expect(deploy).toContain(`'--update-env-vars=^|^NODE_ENV=production|`);
  });

  test('gives the keys to the function that checks them, from the secret', () => {
    const withKeys = [...settings.keys()].filter((name) => deployOf(name).includes('CLIENT_KEY_SHA256'));
    expect(withKeys).toEqual(['user-profile']);
    expect(deployOf('user-profile')).toContain('--set-secrets=CLIENT_KEY_SHA256=etreprof-client-keys:latest');
  });

  test('gives each account the roles of its level, and no more', () => {
    const grants = lines(plan(target, settings, null))
      .map((line) =>
        /(?:bindings?|binding) (\S+) --member=serviceAccount:etreprof-(\w+)@\S+ --role=roles\/(\S+)/.exec(
          line,
        ),
      )
      .flatMap((found) => (found ? [`${found[2]}: ${found[3]} on ${found[1]}`] : []));
    expect(grants.sort()).toEqual([
      'build: artifactregistry.writer on my-project',
      'build: logging.logWriter on my-project',
      'build: storage.objectViewer on my-project',
      'client: datastore.viewer on my-project',
      'client: secretmanager.secretAccessor on etreprof-client-keys',
      'client: storage.objectViewer on gs://my-project-etreprof-artifacts',
      'operator: datastore.user on my-project',
      'operator: storage.objectUser on gs://my-project-etreprof-artifacts',
      'operator: storage.objectViewer on gs://my-project-etreprof-exports',
      'public: storage.objectViewer on gs://my-project-etreprof-artifacts',
    ]);
  });

  test('calls the recompute at its own URL, as the scheduler’s account', () => {
    const jobs = lines(plan(target, settings, null)).filter((line) => line.includes('scheduler jobs create'));
    const url = 'https://europe-west1-my-project.cloudfunctions.net/recompute';
    expect(jobs).toHaveLength(1);
    for (const flag of [
      `'--schedule=30 3 * * *'`,
      '--time-zone=Europe/Paris',
      '--attempt-deadline=1800s',
      '--max-retry-attempts=2',
      `--uri=${url}`,
      `--oidc-token-audience=${url}`,
      '--oidc-service-account-email=etreprof-scheduler@my-project.iam.gserviceaccount.com',
    ])
      expect(jobs[0]).toContain(` ${flag} `);
  });

  test('for one function holds that function, and its job if it has one', () => {
    const whys = (name: string) => plan(target, settings, name).map(({ why }) => why);
    expect(whys('classify')).toEqual(['Function classify (public)']);
    expect(whys('recompute')).toEqual(['Function recompute (operator)', 'Nightly job of recompute']);
    const rotated = plan({ ...target, clientKeys: 'keys.sha256' }, settings, 'user-profile');
    expect(lines(rotated).map((line) => line.split(' ').slice(1, 4).join(' '))).toEqual([
      'secrets describe etreprof-client-keys',
      'secrets create etreprof-client-keys',
      'secrets versions add',
      'functions deploy user-profile',
    ]);
  });

  test('leaves a bucket of someone else as it is, but for the right to read it', () => {
    const foreign = { ...target, exportsUri: 'gs://theirs/etreprof/nightly', ownsExports: false };
    const about = lines(plan(foreign, settings, null)).filter((line) => line.includes('gs://theirs'));
    expect(about.map((line) => line.split(' ').slice(1, 4).join(' '))).toEqual([
      'storage buckets add-iam-policy-binding',
      'functions deploy recompute',
    ]);
    expect(about[1]).toContain('SOURCE_URI=gs://theirs/etreprof/nightly');
  });

  test('never asks and always names the project', () => {
    for (const { program, args } of commandsOf(plan(target, settings, null))) {
      expect(args).toContain('--project=my-project');
      expect(args).toContain(program === 'gcloud' ? '--quiet' : '--non-interactive');
    }
  });
});

describe('a deployment', () => {
  test('creates everything the first time', async () => {
    const { calls, error } = await deployed([nothingThere]);
    expect(error).toBeNull();
    const count = (pattern: RegExp) => calls.filter((call) => pattern.test(call)).length;
    expect(count(/service-accounts create/)).toBe(5);
    expect(count(/storage buckets create/)).toBe(2);
    expect(count(/firestore databases create/)).toBe(1);
    expect(count(/secrets create/)).toBe(1);
    expect(count(/functions deploy/)).toBe(6);
    expect(count(/scheduler jobs create/)).toBe(1);
    expect(count(/scheduler jobs update/)).toBe(0);
    expect(calls.filter((call) => call.startsWith('firebase'))).toEqual([
      'firebase deploy --only=firestore:rules --project=my-project --non-interactive',
      'firebase deploy --only=hosting --project=my-project --non-interactive',
    ]);
  });

  test('updates what is there the second time, and creates nothing', async () => {
    const { calls, error } = await deployed([]);
    expect(error).toBeNull();
    expect(calls.filter((call) => / create /.test(call))).toEqual([]);
    expect(calls.filter((call) => /buckets update|jobs update/.test(call))).toHaveLength(3);
    expect(calls.filter((call) => /functions deploy/.test(call))).toHaveLength(6);
  });

  test('stops at the first failure and says what to do', async () => {
    const { calls, error } = await deployed([
      { match: /deploy health/, code: 1, says: 'ERROR: Build failed: no space left' },
    ]);
    expect(error?.name).toBe('CommandError');
    expect(error?.message).toMatch(/^Stopped at "Function health \(public\)": gcloud failed\.\n/);
    expect(error?.message).toContain('Build failed: no space left');
    expect(error?.message).toContain('gcloud functions logs read health');
    expect(error?.message).toMatch(/deploy again: what is done already is left as it is\.$/);
    expect(calls.at(-1)).toContain('functions deploy health');
  });

  test.each([
    'ERROR: (gcloud.storage.buckets.describe) HTTPError 403: no access (or it may not exist).',
    'ERROR: PERMISSION_DENIED: Permission denied on resource, not found',
    'ERROR: You do not currently have an active account selected.',
  ])('does not take “%s” for a thing that is not there', async (says) => {
    const { calls, error } = await deployed([{ match: /buckets describe/, code: 1, says }]);
    expect(error?.message).toContain(says);
    expect(calls.some((call) => call.includes('buckets create'))).toBe(false);
  });

  test('stops before the functions when no client key is set, and says how to make one', async () => {
    const { calls, error } = await deployed([
      { match: /versions describe latest/, code: 1, says: 'ERROR: NOT_FOUND: Secret Version not found' },
    ]);
    expect(error?.message).toMatch(/No client key is set\. .*openssl rand -base64 32.*--client-keys/);
    expect(calls.some((call) => call.includes('functions deploy'))).toBe(false);
  });

  test('waits for what is not known everywhere yet, but not for ever', async () => {
    const says = 'ERROR: Service account etreprof-public@my-project.iam.gserviceaccount.com does not exist.';
    const match = /add-iam-policy-binding .*etreprof-public/;
    const soon = await deployed([{ match, code: 1, says, times: 2 }]);
    expect({ error: soon.error, pauses: soon.pauses }).toEqual({ error: null, pauses: 2 });
    const disabled = 'ERROR: PERMISSION_DENIED: Cloud Firestore API has not been used in project 1 before.';
    const asked = await deployed([{ match: /databases describe/, code: 1, says: disabled, times: 1 }]);
    expect({ error: asked.error, pauses: asked.pauses }).toEqual({ error: null, pauses: 1 });
    const never = await deployed([{ match, code: 1, says }]);
    expect(never.error?.message).toContain('does not exist');
    expect(never.pauses).toBe(5);
  });
});

/** Runs `npm run deploy` as npm would. */
function command(argv: string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'scripts/run.ts'), 'deploy', ...argv],
    {
      cwd: ROOT,
      env: { ...env, INIT_CWD: ROOT },
    },
  );
  const printed = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (printed.out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (printed.err += data.toString()));
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...printed })),
  );
}

describe('npm run deploy', () => {
  test.each<[string[], RegExp]>([
    [[], /--project is missing/],
    [['--project', 'P'], /--project must be the id/],
    [['--project', 'my-project', '--region', 'mars'], /--region must be a region/],
    [['--project', 'my-project', '--region', 'us-east1'], /firebase\.json sends .* to europe-west1/],
    [['--project', 'my-project', '--only', 'nothing'], /no function "nothing": the functions are classify/],
    [['--project', 'my-project', '--only', 'health', '--client-keys', 'k'], /health checks no client keys/],
    [['--project', 'my-project', 'health'], /"health" is too much/],
    [['--project', 'my-project', '--exports', '/tmp'], /--exports must be a place in a bucket/],
    [['--project', 'my-project', '--cors-origins', 'http://a.org'], /--cors-origins must be/],
    [['--project', 'my-project', '--client-keys', '/none'], /\/none cannot be read: there is no such file/],
  ])('%j is told what is wrong', async (argv, message) => {
    await expect(main(argv)).rejects.toThrow(message);
    await expect(main(argv)).rejects.toBeInstanceOf(UsageError);
  });

  test('takes hashes of keys and refuses a key itself, which must never get into the secret', async () => {
    const file = join(await folder(), 'keys');
    await writeFile(file, `${HASH},${'b'.repeat(64)}\n`);
    expect((await targetOf({ project: 'my-project', 'client-keys': file })).clientKeys).toBe(file);
    await writeFile(file, 'c2VjcmV0IGtleSBvZiBhIGNsaWVudA==\n');
    await expect(targetOf({ project: 'my-project', 'client-keys': file })).rejects.toThrow(/SHA-256 hashes/);
  });

  test('exits with 1 and a sentence when a command fails', async () => {
    const { env } = await recordedPrograms(
      ['gcloud', 'firebase'],
      [{ match: /projects describe/, code: 1, says: 'ERROR: You do not currently have an active account.' }],
    );
    const { code, err } = await command(['--project', 'my-project'], env);
    expect(code).toBe(1);
    expect(err).toContain('Sign in with "gcloud auth login"');
    expect(err).not.toContain('    at ');
  });

  test('exits with 1 and a sentence when a program is missing', async () => {
    const { env } = await recordedPrograms(['gcloud']);
    const { code, err } = await command(['--project', 'my-project'], {
      ...env,
      PATH: env.PATH.split(':')[0],
    });
    expect({ code, err: err.trim() }).toEqual({
      code: 1,
      err: 'firebase is not on PATH: install it with "npm install --global firebase-tools", then deploy again.',
    });
  });

  test.each<[string, readonly Answer[]]>([
    ['the first time', [nothingThere]],
    ['again', []],
  ])('--dry-run prints a script that, run by a shell, does the same calls %s', async (_, answers) => {
    const { code, out } = await command(['--project', 'my-project', '--dry-run'], {
      ...process.env,
      PATH: '/nonexistent',
    });
    expect(code).toBe(0);
    const programs = await recordedPrograms(['gcloud', 'firebase', 'npm'], answers);
    const shell = spawn('sh', ['-c', out], { cwd: ROOT, env: programs.env, stdio: 'ignore' });
    expect(await new Promise((resolve) => shell.on('close', resolve))).toBe(0);
    const [build, ...calls] = (await programs.calls()).map((call) => call.join(' '));
    expect(build).toBe('npm run build');
    expect(calls).toEqual((await deployed(answers)).calls);
  });

  test('quotes what a shell would read otherwise', () => {
    expect(['a-b=c', "it's", '^|^A=b', ''].map(quote)).toEqual(['a-b=c', `'it'\\''s'`, `'^|^A=b'`, `''`]);
  });
});

describe('gcloud’s own parser', async () => {
  const verdicts = await parsedByGcloud([
    'gcloud functions deploy health --gen2 --runtme=nodejs24',
    'gcloud functions destroy health',
    'gcloud scheduler jobs create http job --location=europe-west1 --uri=https://example.org',
    'gcloud functions deploy health --gen2 --region=europe-west1 --timeout=soon',
  ]);
  if (verdicts === null && !process.env['REQUIRE_EMULATORS'])
    process.stderr.write(
      'SKIPPED: gcloud is not on PATH, so no command was checked against its reference.\n',
    );

  test.runIf(process.env['REQUIRE_EMULATORS'])('is on this machine', () => {
    expect(verdicts).not.toBeNull();
  });

  test.skipIf(verdicts === null)('refuses a misspelt flag, a misspelt command and a missing flag', () => {
    expect(verdicts?.map(({ error }) => error)).toEqual([
      expect.stringContaining("did you mean '--runtime'?"),
      expect.stringContaining("Invalid choice: 'destroy'"),
      expect.stringContaining('--schedule'),
      expect.stringContaining('--timeout'),
    ]);
  });

  test.skipIf(verdicts === null)(
    'accepts every command of the whole plan, of the advice and of the README',
    async () => {
      const full = {
        ...target,
        clientAccounts: 'a@x.org,b@x.org',
        corsOrigins: 'https://a.org,https://b.org',
      };
      const keys = join(await folder(), 'keys');
      await writeFile(keys, HASH);
      const steps = [...plan(full, settings, null), ...plan({ ...full, clientKeys: keys }, settings, null)];
      const planned = lines(steps).filter((line) => line.startsWith('gcloud '));
      const advised = steps.flatMap(({ advice }) =>
        [...advice.matchAll(/"(gcloud [^"]+)"/g)].map(([, line]) => line),
      );
      const readme = (await readFile(join(ROOT, 'README.md'), 'utf8')).replaceAll('PROJECT', target.project);
      const written = [...readme.matchAll(/(?:^|[|(] ?)(gcloud [^\n`|)#]+)/gm)].map(([, line]) =>
        line?.trim(),
      );
      const commands = [...new Set([...planned, ...advised, ...written])].filter(
        (line) => line !== undefined,
      );
      expect(planned.length).toBeGreaterThan(40);
      const parsed = await parsedByGcloud(commands);
      expect(parsed).toHaveLength(commands.length);
      expect(parsed?.filter(({ error }) => error !== null)).toEqual([]);
    },
  );
});
