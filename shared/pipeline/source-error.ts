import { type Check, ModelRejectedError } from '../errors.ts';

/** The three tables of an export and the columns each must have. */
export const REQUIRED = {
  users: ['id'],
  contents: ['id', 'type'],
  interaction_events: ['user_id', 'type', 'content_type', 'content_id', 'created_at'],
} as const;

export type TableName = keyof typeof REQUIRED;
export const TABLES = Object.keys(REQUIRED) as TableName[];

/** The export cannot be used; nothing is published. */
export class SourceError extends ModelRejectedError {
  constructor(check: string, message: string, cause?: unknown) {
    const checks: Check[] = [{ name: check, result: 'FAIL', figure: message }];
    super(message, checks, cause);
  }
}
