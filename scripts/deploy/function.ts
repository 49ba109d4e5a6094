import type { Settings } from './settings.ts';
import {
  accountOf,
  artifactBucket,
  type Command,
  DATABASE,
  gcloud,
  KEYS_SECRET,
  type Step,
  type Target,
  urlOf,
} from './step.ts';

const RUNTIME = 'nodejs24';

/** Environment of a function: what it uses and whom it lets in, and nothing else. */
export function environmentOf(target: Target, name: string, settings: Settings): Record<string, string> {
  const uses = (use: Settings['uses'][number]): boolean => settings.uses.includes(use);
  const all: Record<string, string | null> = {
    NODE_ENV: 'production',
    GOOGLE_CLOUD_PROJECT: target.project,
    ARTIFACT_BUCKET: uses('artifacts') ? artifactBucket(target.project) : null,
    FIRESTORE_DATABASE: uses('users') || uses('users-status') ? DATABASE : null,
    SOURCE_URI: uses('exports') ? target.exportsUri : null,
    TOKEN_AUDIENCE: settings.access === 'public' ? null : urlOf(target, name),
    OPERATOR_ACCOUNTS: settings.access === 'operator' ? accountOf(target.project, 'scheduler') : null,
    RATE_LIMIT_PER_MINUTE: settings.requestsPerMinute?.toString() ?? null,
    CLIENT_ACCOUNTS: settings.access === 'client' ? target.clientAccounts : null,
    CORS_ORIGINS: target.corsOrigins,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** Values hold commas, so `|` parts them (see `gcloud topic escaping`). Variables that are not named stay as they are. */
const variablesFlag = (environment: Record<string, string>): string =>
  `--update-env-vars=^|^${Object.entries(environment)
    .map(([key, value]) => `${key}=${value}`)
    .join('|')}`;

const deploy = (target: Target, name: string, settings: Settings): Command =>
  gcloud(
    target,
    'functions deploy',
    name,
    '--gen2',
    `--runtime=${RUNTIME}`,
    `--region=${target.region}`,
    `--source=dist/${name}`,
    `--entry-point=${name}`,
    '--trigger-http',
    // An older revision may have been given the traffic by hand: a deployment ends that.
    '--serve-all-traffic-latest-revision',
    // Cloud Run takes the signature off a token that it checks itself, so the function checks callers.
    '--allow-unauthenticated',
    `--service-account=${accountOf(target.project, settings.access)}`,
    `--build-service-account=projects/${target.project}/serviceAccounts/${accountOf(target.project, 'build')}`,
    `--memory=${settings.memory}`,
    `--cpu=${settings.cpu}`,
    `--timeout=${settings.timeoutSeconds}s`,
    `--concurrency=${settings.concurrency}`,
    `--min-instances=${settings.minInstances}`,
    `--max-instances=${settings.maxInstances}`,
    variablesFlag(environmentOf(target, name, settings)),
    ...(settings.uses.includes('keys') ? [`--set-secrets=CLIENT_KEY_SHA256=${KEYS_SECRET}:latest`] : []),
  );

/** The job posts to the function's own URL: Hosting gives up after a minute. */
function job(target: Target, name: string, schedule: NonNullable<Settings['schedule']>): Step {
  const id = `etreprof-${name}`;
  const at = `--location=${target.region}`;
  const flags = [
    at,
    `--schedule=${schedule.cron}`,
    `--time-zone=${schedule.timeZone}`,
    `--uri=${urlOf(target, name)}`,
    '--http-method=post',
    `--attempt-deadline=${schedule.attemptDeadlineSeconds}s`,
    `--max-retry-attempts=${schedule.retries}`,
    `--min-backoff=${schedule.minBackoffSeconds}s`,
    `--max-backoff=${schedule.maxBackoffSeconds}s`,
    `--oidc-service-account-email=${accountOf(target.project, 'scheduler')}`,
    `--oidc-token-audience=${urlOf(target, name)}`,
  ];
  const jobs = (verb: string): Command => gcloud(target, `scheduler jobs ${verb} http`, id, ...flags);
  return {
    why: `Nightly job of ${name}`,
    exists: gcloud(target, 'scheduler jobs describe', id, at),
    create: [jobs('create')],
    update: [jobs('update')],
    advice: `Cloud Scheduler must know the region ${target.region}; "gcloud scheduler locations list" shows those it has.`,
  };
}

/** A function, and the job that calls it if it has one. */
export function functionSteps(target: Target, name: string, settings: Settings): Step[] {
  const step: Step = {
    why: `Function ${name} (${settings.access})`,
    create: [],
    update: [deploy(target, name, settings)],
    advice: `"gcloud functions logs read ${name} --gen2 --region=${target.region} --project=${target.project}" shows why it does not start; a policy of your organisation may forbid unauthenticated functions.`,
  };
  return settings.schedule ? [step, job(target, name, settings.schedule)] : [step];
}
