import { featuresSql } from '../features/events.ts';
import { FEATURES } from '../features/features.ts';
import { peopleSql } from '../features/people.ts';
import type { Matrix } from '../clustering/matrix.ts';
import { type ReadResult, sqlTime } from './read.ts';
import type { Workbench } from './workbench.ts';

/** All users by rising id, with their 13 raw counts. */
export interface Population {
  readonly ids: Float64Array;
  readonly counts: Matrix;
  /** Cells of the users table that should have been JSON and were not. */
  readonly malformedCells: number;
  /** Users whose sign-up time, or declared years of service, say something that cannot be read. */
  readonly unreadable: Readonly<Record<'created_at' | 'anciennete', number>>;
  /** Share of users whose profile field is unknown. */
  readonly unknown: Readonly<Record<'académie' | 'degré' | 'ancienneté', number>>;
}

/** Makes the tables `people` (profiles) and `features`, and brings the counts into memory as one flat array. */
export async function computePopulation(
  bench: Workbench,
  { source, asOf, report }: ReadResult,
): Promise<Population> {
  const { users } = source;
  await users.reading(({ from, columns }) => bench.run(peopleSql(from, columns, sqlTime(asOf))));
  await bench.requireUnique('people', ['user_id']);
  await bench.run(featuresSql());
  const rows = report.users;
  const ids = await bench.numbers('SELECT user_id::DOUBLE FROM features ORDER BY user_id', rows);
  const values = await bench.numbers(
    `SELECT ${FEATURES.map((name) => `${name}::DOUBLE`).join(', ')} FROM features ORDER BY user_id`,
    rows,
  );
  const people = await bench.row(`SELECT coalesce(sum(malformed), 0)::BIGINT AS cells,
    count(*) - count(academie) AS academie, count(*) - count(degre) AS degre, count(*) - count(created_year) AS anciennete,
    count(*) FILTER (unreadable_created) AS unreadable_created, count(*) FILTER (unreadable_anciennete) AS unreadable_years
    FROM people`);
  const share = (column: string) => Number(people[column]) / Math.max(1, rows);
  const unknown = { académie: share('academie'), degré: share('degre'), ancienneté: share('anciennete') };
  return {
    ids,
    counts: { rows, columns: FEATURES.length, values },
    malformedCells: Number(people['cells']),
    unreadable: {
      created_at: Number(people['unreadable_created']),
      anciennete: Number(people['unreadable_years']),
    },
    unknown,
  };
}
