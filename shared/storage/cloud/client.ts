import { IdempotencyStrategy, Storage } from '@google-cloud/storage';

/**
 * The official client of Cloud Storage: it repeats what is safe to repeat, for half a minute.
 * @param emulator address of an emulator; null: the real one
 */
export const openStorage = (emulator: string | null): Storage =>
  new Storage({
    ...(emulator === null ? {} : { apiEndpoint: emulator, projectId: 'emulator' }),
    retryOptions: {
      autoRetry: true,
      maxRetries: 4,
      totalTimeout: 30,
      maxRetryDelay: 8,
      idempotencyStrategy: IdempotencyStrategy.RetryConditional,
    },
  });
