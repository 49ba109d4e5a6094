import { ACADEMIES, LEVEL_ALIASES, LEVELS, NIVEAUX, type Niveau, TRAINER_LEVEL } from './profile.ts';
import {
  type Columns,
  integerOf,
  isNumberSaid,
  jsonArrayOf,
  jsonText,
  literal,
  literals,
  said,
  textOf,
  timestampOf,
  trimmed,
  yearsOf,
} from './sql.ts';

const namesWhere = (test: (level: (typeof LEVELS)[string]) => boolean): string =>
  literals(Object.keys(LEVELS).filter((name) => test(LEVELS[name] as (typeof LEVELS)[string])));

const PRIMARY = namesWhere((level) => level.degre === 1);
const SECONDARY = namesWhere((level) => level.degre === 2);
const ofNiveau = (niveau: Niveau): string => namesWhere((level) => level.niveaux.includes(niveau));

const ALIASES = Object.entries(LEVEL_ALIASES)
  .map(([legacy, name]) => `WHEN ${literal(legacy)} THEN ${literal(name)}`)
  .join(' ');

const HAS_NIVEAU = NIVEAUX.map(
  (name) => `WHEN ${literal(name)} THEN list_has_any(levels, ${ofNiveau(name)})`,
).join(' ');

const DEPARTEMENTS = Object.entries(ACADEMIES)
  .flatMap(([academie, departements]) => departements.map((d) => `(${literal(d)}, ${literal(academie)})`))
  .join(', ');

/** Columns of the users that hold JSON. */
const JSON_COLUMNS = ['json_niveau', 'json_discipline', 'json_etablissement'] as const;

/** Cells of a user, in the order that decides between rows which share an id and a time of creation. */
const CELLS = ['anciennete', 'codepostal', ...JSON_COLUMNS, 'created_at'] as const;

/** The same once they are trimmed texts, null where they say nothing. */
const SAID: Columns = new Map(CELLS.map((column) => [column, 'VARCHAR']));

/** Different cells of a JSON column with what they hold, null where it is no array: many users have the same cell. */
const arraysOf = (column: (typeof JSON_COLUMNS)[number]): string =>
  `SELECT ${column}, ${jsonArrayOf(SAID, column)} AS items FROM (SELECT DISTINCT ${column} FROM one WHERE ${column} IS NOT NULL)`;

/** A text that says something: neither empty nor the word NR. */
const told = (text: string): string => `CASE WHEN upper(${text}) NOT IN ('', 'NR') THEN ${text} END`;

/** A postal code, trimmed, without blanks inside, with capital letters and without `.0` at its end. */
const cleanCode = (code: string): string =>
  `regexp_replace(replace(replace(upper(${code}), ' ', ''), '\u00a0', ''), '\\.0+$', '')`;

/** The département of a clean code: lost zeros put back, Corsica by its letter or as 20, overseas by three digits. */
const departement = (clean: string): string => {
  const padded = `lpad(${clean}, 5, '0')`;
  return (
    `CASE WHEN regexp_full_match(${clean}, '\\d{1,5}') ` +
    `THEN CASE WHEN starts_with(${padded}, '97') THEN left(${padded}, 3) ELSE left(${padded}, 2) END ` +
    `WHEN regexp_full_match(${clean}, '2[AB]\\d{3}') THEN left(${clean}, 2) END`
  );
};

/**
 * SQL for `people`, one row per user id with the profile fields of the data contract; what the years of service are is
 * told by `declared_years` and `created_year`, since they grow by themselves. `malformed` counts cells that should have
 * been JSON arrays, `unreadable_created` and `unreadable_anciennete` tell cells that say something nobody can read. Only
 * the columns named here are read: names and biographies never are. Of rows that share an id the one created last stands.
 * @param from the users table as an SQL relation
 * @param asOf SQL timestamp after whose year nobody was created
 */
export function peopleSql(from: string, columns: Columns, asOf: string): string {
  return `
CREATE OR REPLACE TABLE people AS
WITH cells AS (
  SELECT ${integerOf(columns, 'id')} AS user_id, ${timestampOf(columns, 'created_at')} AS created_any,
    ${CELLS.map((column) => `${said(textOf(columns, column))} AS ${column}`).join(', ')}
  FROM ${from}
), one AS MATERIALIZED (
  SELECT *, CASE WHEN year(created_any) <= year(${asOf}) THEN created_any END AS created FROM cells
  WHERE user_id BETWEEN 1 AND 9007199254740991
  QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY created DESC NULLS LAST,
    ${CELLS.map((column) => `${column} NULLS LAST`).join(', ')}) = 1
), named AS (
  SELECT json_niveau, list_transform(coalesce(json_extract_string(items, '$[*]'), []),
      lambda x: CASE nfc_normalize(${trimmed('x')}) ${ALIASES} ELSE nfc_normalize(${trimmed('x')}) END) AS levels,
    items IS NULL AS malformed
  FROM (${arraysOf('json_niveau')})
), taught AS (
  SELECT json_niveau, malformed, list_contains(levels, ${literal(TRAINER_LEVEL)}) AS trains,
    list_filter(${literals(NIVEAUX)}, lambda n: CASE n ${HAS_NIVEAU} END) AS niveaux,
    len(list_filter(levels, lambda x: list_contains(${PRIMARY}, x))) AS in_primary,
    len(list_filter(levels, lambda x: list_contains(${SECONDARY}, x))) AS in_secondary
  FROM named
), schools AS (
  SELECT json_etablissement, items IS NULL AS malformed,
    ${jsonText('items', '$[0].academie')} AS academie, ${jsonText('items', '$[0].code_postal')} AS code
  FROM (${arraysOf('json_etablissement')})
), disciplines AS (
  SELECT json_discipline, items IS NULL AS malformed, ${jsonText('items', '$[0]')} AS discipline
  FROM (${arraysOf('json_discipline')})
), joined AS (
  SELECT user_id, created, ${yearsOf(SAID, 'anciennete')} AS declared, ${isNumberSaid('anciennete')} AS years_said,
    created IS NULL AND created_at IS NOT NULL AS unreadable_created,
    coalesce(taught.malformed, false)::INTEGER + coalesce(schools.malformed, false)::INTEGER +
      coalesce(disciplines.malformed, false)::INTEGER AS malformed,
    (CASE WHEN trains THEN 3 WHEN in_primary > in_secondary THEN 1 WHEN in_secondary > in_primary THEN 2
      WHEN in_primary > 0 THEN 1 END)::INTEGER AS degre,
    coalesce(niveaux, []) AS niveaux, ${told('academie')} AS school_academie, ${told('discipline')} AS discipline,
    ${cleanCode(`coalesce(${told('code')}, ${told('codepostal')})`)} AS clean
  FROM one LEFT JOIN taught USING (json_niveau) LEFT JOIN schools USING (json_etablissement)
    LEFT JOIN disciplines USING (json_discipline)
), placed AS (
  SELECT *, declared IS NULL AND years_said AS unreadable_anciennete, ${departement('clean')} AS departement FROM joined
)
SELECT user_id,
  CASE WHEN NOT unreadable_anciennete THEN declared END AS declared_years,
  CASE WHEN NOT unreadable_anciennete THEN year(created) END::INTEGER AS created_year,
  degre,
  coalesce(school_academie, a.academie) AS academie,
  array_to_string(niveaux, '|') AS niveaux_enseignes,
  CASE WHEN NOT list_has_any(niveaux, ['maternelle', 'elementaire']) THEN discipline END AS discipline,
  malformed, unreadable_created, unreadable_anciennete
FROM placed LEFT JOIN (VALUES ${DEPARTEMENTS}) AS a(code, academie) ON a.code = placed.departement
ORDER BY user_id`;
}

/** SQL for the years of service of a row with `declared_years` and `created_year`, as `anciennete` in profile.ts. */
export const ancienneteSql = (asOf: string): string =>
  `CASE WHEN created_year IS NOT NULL THEN greatest(0, coalesce(declared_years, 0) + year(${asOf}) - created_year) END::INTEGER`;
