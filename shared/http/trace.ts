import type { IncomingHttpHeaders } from 'node:http';

/** The request's place in a trace, in the fields by which Cloud Logging joins log lines to it; none without a trace. */
export function traceFields(headers: IncomingHttpHeaders, project: string): Record<string, string> {
  const { traceparent, 'x-cloud-trace-context': context } = headers;
  if (traceparent === undefined && context === undefined) return {};
  const [, trace, span] =
    /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/.exec(String(traceparent)) ??
    /^([\da-f]{32})(?:\/(\d{1,20}))?/.exec(String(context)) ??
    [];
  if (trace === undefined) return {};
  return {
    'logging.googleapis.com/trace': project === '' ? trace : `projects/${project}/traces/${trace}`,
    ...(span === undefined ? {} : { 'logging.googleapis.com/spanId': span }),
  };
}
