/** Severities of Cloud Logging. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

type Fields = Readonly<Record<string, unknown>>;

const lineOf = (severity: Severity, message: string, fields: Fields): string =>
  JSON.stringify({ severity, message, ...fields }) + '\n';

/** Where a failure on our side comes from: its own words, which say no value, and those of its cause. */
export function reasonOf(error: unknown): { reason: string; cause?: string } {
  if (!(error instanceof Error)) return { reason: String(error) };
  const { cause } = error;
  return {
    reason: `${error.name}: ${error.message}`,
    ...(cause instanceof Error ? { cause: `${cause.name}: ${cause.message}`.slice(0, 300) } : {}),
  };
}

/** Writes one line of JSON as Cloud Logging reads it. Never content, keys or profile fields. */
export function log(severity: Severity, message: string, fields: Fields = {}): void {
  flush();
  process.stdout.write(lineOf(severity, message, fields));
}

/** Lines that wait for the end of this turn of the event loop. */
let waiting = '';

function flush(): void {
  if (waiting !== '') process.stdout.write(waiting);
  waiting = '';
}

process.on('exit', flush);

/** As `log`, with the other lines of this turn: each write is a system call, and under load a turn has many requests. */
export function logRequest(severity: Severity, message: string, fields: Fields): void {
  if (waiting === '') setImmediate(flush);
  waiting += lineOf(severity, message, fields);
}
