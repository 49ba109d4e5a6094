import { featuresSql } from '../features/events.ts';
import { FEATURES } from '../features/features.ts';
import { peopleSql } from '../features/people.ts';
import type { Matrix } from '../clustering/matrix.ts';
import { type ReadResult, sqlTime } from './read.ts';
import { reading } from './source.ts';
import type { Workbench } from './workbench.ts';

/** All users by rising id, with their 13 raw counts. */
export interface Population {
  readonly ids: Float64Array;
  readonly counts: Matrix;
  /** Cells of the users table that should have been JSON and were not. */
  readonly malformedCells: number;
  /** Share of users whose profile field is unknown. */
  readonly unknown: Readonly<Record<'académie' | 'degré' | 'ancienneté', number>>;
}

/** Makes the tables `people` (profiles) and `features`, and brings the counts into memory as one flat array. */
export async function computePopulation(
  bench: Workbench,
  { source, asOf, report }: ReadResult,
): Promise<Population> {
  const { users } = source;
  await reading(users, () => bench.run(peopleSql(users.from, users.columns, sqlTime(asOf))));
  await bench.run(featuresSql());
  const rows = report.users;
  const ids = await bench.numbers('SELECT user_id FROM features ORDER BY user_id', rows);
  const values = await bench.numbers(`SELECT ${FEATURES.join(', ')} FROM features ORDER BY user_id`, rows);
  const people = await bench.row(`SELECT coalesce(sum(malformed), 0)::BIGINT AS cells,
    count(*) - count(academie) AS academie, count(*) - count(degre) AS degre, count(*) - count(anciennete) AS anciennete
    FROM people`);
  const share = (column: string) => Number(people[column]) / Math.max(1, rows);
  const unknown = { académie: share('academie'), degré: share('degre'), ancienneté: share('anciennete') };
  return {
    ids,
    counts: { rows, columns: FEATURES.length, values },
    malformedCells: Number(people['cells']),
    unknown,
  };
}
