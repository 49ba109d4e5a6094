import { FEATURES } from '../../shared/features/features.ts';
import { ancienneteOf } from '../../shared/features/profile.ts';
import { computePopulation } from '../../shared/pipeline/population.ts';
import { sourceReportOf } from '../../shared/pipeline/prepare.ts';
import { read } from '../../shared/pipeline/read.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';

/** The day of the run, unless a test says otherwise. */
export const NOW = Date.UTC(2025, 6, 2);

/** Features and profile of a user. */
export interface ComputedUser {
  features: number[];
  anciennete: number | null;
  degre: number | null;
  academie: string | null;
  niveaux: string;
  discipline: string | null;
}

/** What the pipeline makes of an export, user by user, and its report. */
export async function computed(source: string, asOf: string | null, now: number = NOW) {
  const bench = await Workbench.open('500MB');
  try {
    const found = await read(bench, source, asOf, now);
    const population = await computePopulation(bench, found);
    const people = await bench.rows('SELECT * FROM people ORDER BY user_id');
    const users = new Map<number, ComputedUser>();
    people.forEach((row, index) => {
      if (row['user_id'] !== population.ids[index]) throw new Error('people and features differ');
      const from = index * FEATURES.length;
      users.set(Number(row['user_id']), {
        features: Array.from(population.counts.values.subarray(from, from + FEATURES.length)),
        anciennete: ancienneteOf(
          row['declared_years'] as number | null,
          row['created_year'] as number | null,
          Number(found.asOf.slice(0, 4)),
        ),
        degre: row['degre'] as number | null,
        academie: row['academie'] as string | null,
        niveaux: row['niveaux_enseignes'] as string,
        discipline: row['discipline'] as string | null,
      });
    });
    return { users, asOf: found.asOf, report: sourceReportOf({ found, population }) };
  } finally {
    await bench.close();
  }
}
