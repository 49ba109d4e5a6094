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
  const { cells } = await bench.row('SELECT coalesce(sum(malformed), 0)::BIGINT AS cells FROM people');
  return { ids, counts: { rows, columns: FEATURES.length, values }, malformedCells: Number(cells) };
}
