import { ConfigError } from '../shared/config.ts';
import { ServiceError } from '../shared/errors.ts';
import { CommandError, UsageError } from './arguments.ts';

const EXPECTED = [ServiceError, ConfigError, CommandError, UsageError];

/** Ends the process with an error: one sentence if a person can act on it, the stack if nobody foresaw it. */
export function report(error: unknown): void {
  const expected = EXPECTED.some((kind) => error instanceof kind);
  const text = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
