import { join } from 'node:path';

/** Everything the service reads from its environment. */
export interface Config {
  /** Folder of the embedded stores and, by default, of the exports. */
  readonly localDir: string;
  /** Where the nightly exports are: a folder, a pattern of files, or `gs://bucket/prefix`. */
  readonly sourceUri: string;
  /** True when somebody named the place of the exports: nothing but exports of theirs may be read there. */
  readonly isSourceNamed: boolean;
  /** Google Cloud project of the cloud stores. */
  readonly project: string;
  /** Cloud Storage bucket of the artifacts; null: a folder. */
  readonly artifactBucket: string | null;
  /** Firestore database of users, runs and lease; null: a folder. */
  readonly firestoreDatabase: string | null;
  /** Address of a Cloud Storage emulator, such as `http://127.0.0.1:9199`; null: the real one. */
  readonly storageEmulator: string | null;
  /** Host and port of a Firestore emulator; null: the real one. */
  readonly firestoreEmulator: string | null;
  /** Port of the local server. */
  readonly port: number;
  /** Address the local server listens on. */
  readonly host: string;
  /** How long an instance trusts its cached pointer before it looks again, in milliseconds. */
  readonly revalidateMs: number;
  /** Memory DuckDB may use before it spills to disk, such as `700MB`; `auto` is by the number of users. */
  readonly duckdbMemory: string;
  /** `cloud` when Cloud Run runs the process: its stores must then be configured, and access is closed unless it is. */
  readonly environment: 'local' | 'cloud';
  /** SHA-256 (hex) of each valid client key; two may be valid at once while keys rotate. */
  readonly clientKeyHashes: readonly string[];
  /** Audiences of which operators' and clients' ID tokens must carry one. */
  readonly tokenAudiences: readonly string[];
  /** Service accounts allowed to call operator endpoints. */
  readonly operatorAccounts: readonly string[];
  /** Service accounts allowed to call client endpoints. */
  readonly clientAccounts: readonly string[];
  /** Origins of web pages that may call from a browser; none by default. */
  readonly corsOrigins: readonly string[];
  /** Requests a minute that one key or account may make of one instance; 0: no limit. */
  readonly rateLimit: number;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const list = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function whole(env: NodeJS.ProcessEnv, name: string, fallback: number, limit: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > limit) {
    throw new ConfigError(`${name} must be a whole number from 0 to ${limit}, not "${text}".`);
  }
  return value;
}

const origin = (host: string): string => (host.includes('://') ? host : `http://${host}`).replace(/\/+$/, '');

/** The place of a cloud store: as configured, else the usual one with an emulator, else none. */
function placeOf(
  env: NodeJS.ProcessEnv,
  name: string,
  emulator: string | null,
  usual: string,
): string | null {
  return env[name] || (emulator === null ? null : usual);
}

/** `auto` or a size as DuckDB takes it. */
function memory(text: string): string {
  if (text === 'auto' || /^\d+(\.\d+)? ?[KMGT]i?B$/i.test(text)) return text;
  throw new ConfigError(`DUCKDB_MEMORY must be auto or a size such as 700MB, not "${text}".`);
}

/**
 * Reads the configuration, the only place that reads environment variables.
 * @throws ConfigError naming the variable that cannot be used
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const localDir = env['LOCAL_DIR'] || '.local';
  const hashes = list(env['CLIENT_KEY_SHA256']);
  for (const hash of hashes) {
    if (!/^[0-9a-f]{64}$/.test(hash)) {
      throw new ConfigError(
        'CLIENT_KEY_SHA256 must hold SHA-256 hashes in lower-case hex, separated by commas.',
      );
    }
  }
  const corsOrigins = list(env['CORS_ORIGINS']);
  const wrong = corsOrigins.find((one) => !/^https?:\/\/[^/\s]+$/.test(one));
  if (wrong !== undefined)
    throw new ConfigError(`CORS_ORIGINS must hold origins such as https://example.org, not "${wrong}".`);
  const storageEmulator = env['STORAGE_EMULATOR_HOST'] ? origin(env['STORAGE_EMULATOR_HOST']) : null;
  const firestoreEmulator = env['FIRESTORE_EMULATOR_HOST'] || null;
  const artifactBucket = placeOf(env, 'ARTIFACT_BUCKET', storageEmulator, 'etreprof-artifacts');
  const firestoreDatabase = placeOf(env, 'FIRESTORE_DATABASE', firestoreEmulator, '(default)');
  const project = env['GOOGLE_CLOUD_PROJECT'] || (firestoreEmulator === null ? '' : 'demo-etreprof');
  if (firestoreDatabase !== null && project === '') {
    throw new ConfigError('GOOGLE_CLOUD_PROJECT must name the project that holds the Firestore database.');
  }
  return {
    localDir,
    project,
    artifactBucket,
    firestoreDatabase,
    storageEmulator,
    firestoreEmulator,
    sourceUri: env['SOURCE_URI'] || join(localDir, 'exports'),
    isSourceNamed: Boolean(env['SOURCE_URI']),
    port: whole(env, 'PORT', 8080, 65_535),
    host: env['HOST'] || '127.0.0.1',
    revalidateMs: whole(env, 'REVALIDATE_MS', 1000, 3_600_000),
    duckdbMemory: memory(env['DUCKDB_MEMORY'] || 'auto'),
    environment: env['K_SERVICE'] ? 'cloud' : 'local',
    clientKeyHashes: hashes,
    tokenAudiences: list(env['TOKEN_AUDIENCE']),
    operatorAccounts: list(env['OPERATOR_ACCOUNTS']),
    clientAccounts: list(env['CLIENT_ACCOUNTS']),
    corsOrigins,
    rateLimit: whole(env, 'RATE_LIMIT_PER_MINUTE', 0, 1_000_000),
  };
}
