import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FromSchema } from 'json-schema-to-ts';
import { UsageError } from '../arguments.ts';

/** What a `deploy.json` may say; the limits are those of Cloud Functions (2nd gen) and Cloud Scheduler. */
export const settingsSchema = {
  type: 'object',
  properties: {
    access: { enum: ['public', 'client', 'operator'] },
    uses: {
      type: 'array',
      uniqueItems: true,
      // `users-status`: is told where the user store is, to see whether it answers, and may read nothing of it.
      items: { enum: ['artifacts', 'users', 'users-status', 'keys', 'exports'] },
    },
    memory: { enum: ['256Mi', '512Mi', '1Gi', '2Gi', '4Gi', '8Gi'] },
    cpu: { enum: ['0.5', '1', '2', '4'] },
    timeoutSeconds: { type: 'integer', minimum: 1, maximum: 3600 },
    concurrency: { type: 'integer', minimum: 1, maximum: 1000 },
    minInstances: { type: 'integer', minimum: 0, maximum: 100 },
    maxInstances: { type: 'integer', minimum: 1, maximum: 100 },
    // Of one key or account, at one instance.
    requestsPerMinute: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    schedule: {
      type: 'object',
      properties: {
        cron: { type: 'string', pattern: '^\\S+ \\S+ \\S+ \\S+ \\S+$' },
        timeZone: { type: 'string', pattern: '^[A-Za-z]+/[A-Za-z_]+$' },
        attemptDeadlineSeconds: { type: 'integer', minimum: 15, maximum: 1800 },
        retries: { type: 'integer', minimum: 0, maximum: 5 },
        minBackoffSeconds: { type: 'integer', minimum: 5, maximum: 3600 },
        maxBackoffSeconds: { type: 'integer', minimum: 5, maximum: 3600 },
      },
      required: [
        'cron',
        'timeZone',
        'attemptDeadlineSeconds',
        'retries',
        'minBackoffSeconds',
        'maxBackoffSeconds',
      ],
      additionalProperties: false,
    },
  },
  required: [
    'access',
    'uses',
    'memory',
    'cpu',
    'timeoutSeconds',
    'concurrency',
    'minInstances',
    'maxInstances',
  ],
  additionalProperties: false,
} as const;

// Cloud Run refuses several requests at once on less than one CPU, and 8 GiB on fewer than two.
const platformRules = {
  allOf: [
    {
      anyOf: [
        { properties: { concurrency: { const: 1 } } },
        { properties: { cpu: { enum: ['1', '2', '4'] } } },
      ],
    },
    {
      anyOf: [
        { properties: { memory: { not: { const: '8Gi' } } } },
        { properties: { cpu: { enum: ['2', '4'] } } },
      ],
    },
  ],
};

/** How one function is deployed. */
export type Settings = FromSchema<typeof settingsSchema>;

/** Something a function uses, and for which its account therefore needs a role. */
export type Use = Settings['uses'][number];

const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
const isSettings = ajv.compile<Settings>({ ...settingsSchema, ...platformRules });

/** Checks what a `deploy.json` says. @throws UsageError naming the function and what is wrong */
export function settingsOf(name: string, json: unknown): Settings {
  if (isSettings(json)) return json;
  throw new UsageError(
    `functions/${name}/deploy.json cannot be used: ${ajv.errorsText(isSettings.errors, { dataVar: '' })}.`,
  );
}

/** The `deploy.json` of each function under `root`, by name. @throws UsageError */
export async function readSettings(root: string, names: readonly string[]): Promise<Map<string, Settings>> {
  const read = async (name: string): Promise<[string, Settings]> => {
    const text = await readFile(join(root, 'functions', name, 'deploy.json'), 'utf8');
    return [name, settingsOf(name, JSON.parse(text))];
  };
  return new Map(await Promise.all(names.map(read)));
}
