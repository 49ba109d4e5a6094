import { StoreForbiddenError, StoreUnavailableError } from '../../errors.ts';
import { inTime } from '../in-time.ts';
import { fullDisk } from '../local/files.ts';

/** What the official clients call an error: an HTTP status, a gRPC status, or the word of a network error. */
export const codeOf = (error: unknown): number | string | null =>
  error instanceof Error && 'code' in error && ['number', 'string'].includes(typeof error.code)
    ? (error.code as number | string)
    : null;

/** gRPC statuses. Source: https://grpc.io/docs/guides/status-codes/ */
export const GRPC = {
  alreadyExists: 6,
  permissionDenied: 7,
  failedPrecondition: 9,
  unauthenticated: 16,
} as const;

const REFUSALS: readonly (number | string | null)[] = [401, 403, GRPC.permissionDenied, GRPC.unauthenticated];

/** The store does not answer. */
class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Work on a cloud store, ended after some time at the latest; the clients themselves go on trying for ten minutes.
 * What a client, the network or a full temporary folder says becomes StoreUnavailableError, any other error goes up as
 * it is.
 * @param work told by `isLate`, between two calls, that nobody waits any more
 * @param undo takes back what came of work that ended too late
 */
export async function inCloud<T>(
  store: string,
  deadlineMs: number,
  work: (isLate: () => boolean) => Promise<T>,
  undo: (result: T) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  let isLate = false;
  const working = work(() => isLate);
  try {
    const done = await inTime(working, deadlineMs);
    if (done) return done.value;
    isLate = true;
    // What comes too late is nobody's: a failure of it, or of taking it back, has been answered already.
    void working.then(undo).catch(() => undefined);
    throw new DeadlineError(`The ${store} store did not answer within ${deadlineMs / 1000} s.`);
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof StoreUnavailableError || (code === null && !(error instanceof DeadlineError)))
      throw error;
    const full = fullDisk(error);
    if (full) throw full;
    throw REFUSALS.includes(code)
      ? new StoreForbiddenError(store, error)
      : new StoreUnavailableError(store, error);
  }
}
