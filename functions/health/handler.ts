import { asOfOf } from '../../shared/clustering/model.ts';
import { ageInDays } from '../../shared/days.ts';
import { ModelNotReadyError } from '../../shared/errors.ts';
import type { Handler } from '../../shared/http/endpoint.ts';
import { log, reasonOf } from '../../shared/log.ts';
import type { Published, Served } from '../../shared/storage/published.ts';
import type { UserReader } from '../../shared/storage/users.ts';

interface Deps {
  readonly published: Pick<Published, 'pointer' | 'snapshot'>;
  readonly users: Pick<UserReader, 'ping'>;
  readonly version: string;
  /** How long an answer of the user store counts, in milliseconds. */
  readonly revalidateMs: number;
  /** Milliseconds, rising. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const warn = (store: string, error: unknown): void =>
  log('WARNING', `the ${store} cannot be read`, reasonOf(error));

interface Model {
  readonly version: string;
  readonly trained_at: string;
}

/** The model that is served, and the end of its data. */
interface Shown {
  readonly model: Model;
  readonly asOf: string;
}

/** Replies what runs; a store that is down, or artifacts that cannot be read, make it degraded, never an error. */
export const handler = ({ published, users, version, revalidateMs, now, clock }: Deps): Handler => {
  let heard = { at: -Infinity, answers: true };
  let asking: Promise<boolean> | null = null;

  const askUsers = async (): Promise<boolean> => {
    const answers = await users.ping().then(
      () => true,
      (error: unknown) => (warn('users', error), false),
    );
    heard = { at: now(), answers };
    asking = null;
    return answers;
  };
  const usersAnswer = async (): Promise<boolean> =>
    now() - heard.at < revalidateMs ? heard.answers : (asking ??= askUsers());

  const served = async (): Promise<{ shown: Shown | null; isWhole: boolean }> => {
    const shownOf = ({ pointer }: Served): Shown => ({
      model: { version: pointer.version, trained_at: pointer.computed_at },
      asOf: asOfOf(pointer),
    });
    let shown: Shown | null = null;
    try {
      shown = shownOf(await published.pointer());
      const snapshot = await published.snapshot();
      return { shown: shownOf(snapshot), isWhole: !snapshot.degraded };
    } catch (error) {
      const isNew = error instanceof ModelNotReadyError;
      if (!isNew) warn('artifacts', error);
      return { shown, isWhole: isNew };
    }
  };

  return async () => {
    const [{ shown, isWhole }, isThere] = await Promise.all([served(), usersAnswer()]);
    const missing = [...(isWhole ? [] : ['artifacts']), ...(isThere ? [] : ['users'])];
    return {
      body: {
        success: true,
        message: 'Welcome to the ÊtrePROF ML API',
        status: missing.length === 0 ? 'running' : 'degraded',
        version,
        ...(missing.length === 0 ? {} : { missing }),
        model: shown?.model ?? null,
        data_age_days: shown && ageInDays(shown.asOf, clock()),
      },
      caching: { kind: 'none' },
    };
  };
};
