import { join } from 'node:path';

/** Everything the service reads from its environment. */
export interface Config {
  /** Folder of the embedded stores and, by default, of the exports. */
  readonly localDir: string;
  /** Where the nightly exports are: a folder. */
  readonly sourceUri: string;
  /** Port of the local server. */
  readonly port: number;
  /** How long an instance trusts its cached pointer before it looks again, in milliseconds. */
  readonly revalidateMs: number;
  /** Memory DuckDB may use before it spills to disk, such as `700MB`; `auto` is by the number of users. */
  readonly duckdbMemory: string;
  /** Service version, for `GET /`. */
  readonly environment: 'local' | 'cloud';
  /** SHA-256 (hex) of each valid client key; two may be valid at once while keys rotate. */
  readonly clientKeyHashes: readonly string[];
  /** Audience that operators' and clients' ID tokens must carry. */
  readonly tokenAudience: string | null;
  /** Service accounts allowed to call operator endpoints. */
  readonly operatorAccounts: readonly string[];
  /** Service accounts allowed to call client endpoints. */
  readonly clientAccounts: readonly string[];
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
  return {
    localDir,
    sourceUri: env['SOURCE_URI'] || join(localDir, 'exports'),
    port: whole(env, 'PORT', 8080, 65_535),
    revalidateMs: whole(env, 'REVALIDATE_MS', 1000, 3_600_000),
    duckdbMemory: env['DUCKDB_MEMORY'] || 'auto',
    environment: env['K_SERVICE'] ? 'cloud' : 'local',
    clientKeyHashes: hashes,
    tokenAudience: env['TOKEN_AUDIENCE'] || null,
    operatorAccounts: list(env['OPERATOR_ACCOUNTS']),
    clientAccounts: list(env['CLIENT_ACCOUNTS']),
  };
}
