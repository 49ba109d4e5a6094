/** One FAIL, WARN or PASS of the data checks and model gates, with the figure it was judged on. */
export interface Check {
  name: string;
  result: 'PASS' | 'WARN' | 'FAIL';
  figure: string;
}

/** Every error this service answers with: its stable code, the HTTP status that says the same, seconds to wait. */
export const ERROR_CATALOGUE = {
  invalid_request: { status: 400 },
  unauthenticated: { status: 401 },
  forbidden: { status: 403 },
  not_found: { status: 404 },
  unknown_cluster: { status: 404 },
  user_not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  request_timeout: { status: 408 },
  recompute_in_progress: { status: 409 },
  content_too_large: { status: 413 },
  unsupported_media_type: { status: 415 },
  model_rejected: { status: 422 },
  rate_limited: { status: 429 },
  internal: { status: 500 },
  model_not_ready: { status: 503, retryAfter: 60 },
  store_unavailable: { status: 503, retryAfter: 5 },
} as const satisfies Record<string, { status: number; retryAfter?: number }>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** What an error adds to the body of its reply, and the headers it asks for. */
export interface ErrorDetails {
  body?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** An error a person can act on: `message` is one sentence that says what to do. */
export class ServiceError extends Error {
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { body = {}, headers = {}, cause }: ErrorDetails = {},
  ) {
    super(message, { cause });
    this.name = new.target.name;
    this.body = body;
    this.headers = headers;
  }
}

/** One problem of a request: where it is (JSON pointer) and why. */
export interface Problem {
  pointer: string;
  reason: string;
}

export class InvalidRequestError extends ServiceError {
  constructor(message: string, details: readonly Problem[], body: Readonly<Record<string, unknown>> = {}) {
    super('invalid_request', message, { body: { details, ...body } });
  }
}

export class ModelNotReadyError extends ServiceError {
  constructor() {
    super('model_not_ready', 'No model is published yet: run a recompute first, then ask again.');
  }
}

export class ModelRejectedError extends ServiceError {
  constructor(
    message: string,
    readonly checks: readonly Check[],
    cause?: unknown,
  ) {
    super('model_rejected', message, { body: { checks }, cause });
  }
}

export class RecomputeInProgressError extends ServiceError {
  constructor(
    readonly runId: string,
    startedAt: string,
  ) {
    super('recompute_in_progress', `Recompute ${runId} is running since ${startedAt}: wait until it ends.`, {
      body: { run_id: runId, started_at: startedAt },
    });
  }
}

export class StoreUnavailableError extends ServiceError {
  constructor(
    store: string,
    cause?: unknown,
    message = `The ${store} store cannot be reached: try again in a few seconds.`,
  ) {
    super('store_unavailable', message, { cause });
  }
}

/** The store answers, and says no. */
export class StoreForbiddenError extends StoreUnavailableError {
  constructor(store: string, cause?: unknown) {
    super(
      store,
      cause,
      `The ${store} store refuses access: give the service account the rights it is deployed with.`,
    );
  }
}

/** A file of the store is gone, or holds something else than was written. */
export class DamagedFileError extends StoreUnavailableError {
  /** @param path of a file or an artifact, without a user's id; never what it holds, for errors are logged */
  constructor(path: string) {
    super('', null, `${path} is missing or damaged: restore it, or delete it and run a recompute.`);
  }
}
