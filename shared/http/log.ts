/** Severities of Cloud Logging. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

type Fields = Readonly<Record<string, unknown>>;

const lineOf = (severity: Severity, message: string, fields: Fields): string =>
  JSON.stringify({ severity, message, ...fields }) + '\n';

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
