import type { IncomingHttpHeaders } from 'node:http';

type Fields = Readonly<Record<string, unknown>>;

function placeOf({ traceparent, 'x-cloud-trace-context': context }: IncomingHttpHeaders) {
  const [, w3c, hex] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/.exec(String(traceparent)) ?? [];
  if (w3c !== undefined) return { trace: w3c, span: hex };
  const [, trace, decimal] = /^([\da-f]{32})(?:\/(\d{1,20}))?/.exec(String(context)) ?? [];
  const span = decimal === undefined ? undefined : BigInt(decimal).toString(16).padStart(16, '0');
  return trace === undefined ? null : { trace, span };
}

/**
 * The request's place in a trace and the execution it is, in the fields by which Cloud Logging joins log lines to them;
 * none where a request brings none.
 * Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry (spanId: 16 hex digits)
 */
export function traceFields(headers: IncomingHttpHeaders, project: string): Fields {
  const { traceparent, 'x-cloud-trace-context': context, 'function-execution-id': execution } = headers;
  if (traceparent === undefined && context === undefined && execution === undefined) return {};
  const place = placeOf(headers);
  const isExecution = typeof execution === 'string' && /^[\w-]{1,64}$/.test(execution);
  return {
    ...(place && {
      'logging.googleapis.com/trace':
        project === '' ? place.trace : `projects/${project}/traces/${place.trace}`,
    }),
    ...(place?.span !== undefined && { 'logging.googleapis.com/spanId': place.span }),
    ...(isExecution && { 'logging.googleapis.com/labels': { execution_id: execution } }),
  };
}
