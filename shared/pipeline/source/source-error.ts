import { type Check, ModelRejectedError } from '../../errors.ts';

/** The three tables of an export: the columns each must have, and those that are read when they are there. */
export const COLUMNS = {
  users: {
    required: ['id'],
    optional: [
      'codepostal',
      'anciennete',
      'created_at',
      'json_niveau',
      'json_discipline',
      'json_etablissement',
    ],
  },
  contents: {
    required: ['id', 'type'],
    optional: [
      'title',
      'markdown',
      'transition_ecologique',
      'sante_mentale',
      'ecole_inclusive',
      'cps',
      'reussite_tous_eleves',
    ],
  },
  interaction_events: {
    required: ['user_id', 'type', 'content_type', 'content_id', 'created_at'],
    optional: ['id'],
  },
} as const satisfies Record<string, { required: readonly string[]; optional: readonly string[] }>;

export type TableName = keyof typeof COLUMNS;
export const TABLES = Object.keys(COLUMNS) as TableName[];

/** Every column of a table that is read. */
export const columnsOf = (table: TableName): readonly string[] => [
  ...COLUMNS[table].required,
  ...COLUMNS[table].optional,
];

/** The export cannot be used; nothing is published. The message names file, column and row, never what a cell holds. */
export class SourceError extends ModelRejectedError {
  constructor(check: string, message: string, cause?: unknown) {
    const checks: Check[] = [{ name: check, result: 'FAIL', figure: message }];
    super(message, checks, cause);
  }
}
