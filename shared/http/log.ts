/** Severities of Cloud Logging. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** Writes one line of JSON as Cloud Logging reads it. Never content, keys or profile fields. */
export function log(
  severity: Severity,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  process.stdout.write(JSON.stringify({ severity, message, ...fields }) + '\n');
}
