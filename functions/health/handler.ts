import { ModelNotReadyError } from '../../shared/errors.ts';
import type { Handler } from '../../shared/http/endpoint.ts';
import { log, reasonOf } from '../../shared/log.ts';
import type { Published } from '../../shared/storage/published.ts';
import type { UserReader } from '../../shared/storage/users.ts';

interface Deps {
  readonly published: Pick<Published, 'snapshot'>;
  readonly users: Pick<UserReader, 'ping'>;
  readonly version: string;
  /** How long an answer of the user store counts, in milliseconds. */
  readonly revalidateMs: number;
  readonly now: () => number;
}

const warn = (store: string, error: unknown): void =>
  log('WARNING', `the ${store} cannot be read`, reasonOf(error));

interface Model {
  readonly version: string;
  readonly trained_at: string;
}

/** Replies what runs; a store that is down, or artifacts that cannot be read, make it degraded, never an error. */
export const handler = ({ published, users, version, revalidateMs, now }: Deps): Handler => {
  let asked = { at: -Infinity, answers: Promise.resolve(true) };

  const usersAnswer = (): Promise<boolean> => {
    if (now() - asked.at >= revalidateMs) {
      const answers = users.ping().then(
        () => true,
        (error: unknown) => {
          warn('users', error);
          return false;
        },
      );
      asked = { at: now(), answers };
    }
    return asked.answers;
  };

  const served = async (): Promise<{ model: Model | null; isWhole: boolean }> => {
    try {
      const { pointer, degraded } = await published.snapshot();
      return { model: { version: pointer.version, trained_at: pointer.computed_at }, isWhole: !degraded };
    } catch (error) {
      if (error instanceof ModelNotReadyError) return { model: null, isWhole: true };
      warn('artifacts', error);
      return { model: null, isWhole: false };
    }
  };

  return async () => {
    const [{ model, isWhole }, isThere] = await Promise.all([served(), usersAnswer()]);
    const missing = [...(isWhole ? [] : ['artifacts']), ...(isThere ? [] : ['users'])];
    return {
      body: {
        success: true,
        message: 'Welcome to the ÊtrePROF ML API',
        status: missing.length === 0 ? 'running' : 'degraded',
        version,
        ...(missing.length === 0 ? {} : { missing }),
        model,
      },
      caching: { kind: 'none' },
    };
  };
};
