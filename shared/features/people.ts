import { ACADEMIES, LEVEL_ALIASES, LEVELS, NIVEAUX, type Niveau, TRAINER_LEVEL } from './profile.ts';
import {
  type Columns,
  integerOf,
  isUnreadableYears,
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

/** Texts that order rows which share an id and a time of creation. */
const TIES = ['anciennete', 'codepostal', ...JSON_COLUMNS, 'created_at'] as const;

/** 1 when the column says something that is not a JSON array. */
const malformed = (columns: Columns, column: string): string =>
  `CASE WHEN ${jsonArrayOf(columns, column)} IS NULL AND ${said(textOf(columns, column))} IS NOT NULL THEN 1 ELSE 0 END`;

/** A text that says something: neither empty nor the word NR. */
const told = (text: string): string => `CASE WHEN upper(${text}) NOT IN ('', 'NR') THEN ${text} END`;

/** The département of a postal code: lost zeros put back, Corsica by its letter or as 20, overseas by three digits. */
const departement = (code: string): string => {
  const clean = `regexp_replace(regexp_replace(upper(${trimmed(code)}), '[ \u00a0]', '', 'g'), '\\.0+$', '')`;
  const padded = `lpad(${clean}, 5, '0')`;
  return (
    `CASE WHEN regexp_full_match(${clean}, '2[AB]\\d{3}') THEN left(${clean}, 2) ` +
    `WHEN regexp_full_match(${clean}, '\\d{1,5}') ` +
    `THEN CASE WHEN starts_with(${padded}, '97') THEN left(${padded}, 3) ELSE left(${padded}, 2) END END`
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
  SELECT ${integerOf(columns, 'id')} AS user_id,
    ${timestampOf(columns, 'created_at')} AS created_any,
    ${said(textOf(columns, 'created_at'))} IS NOT NULL AS created_said,
    ${yearsOf(columns, 'anciennete')} AS declared,
    ${isUnreadableYears(columns, 'anciennete')} AS unreadable_anciennete,
    ${JSON_COLUMNS.map((column) => `${jsonArrayOf(columns, column)} AS ${column}`).join(', ')},
    ${JSON_COLUMNS.map((column) => malformed(columns, column)).join(' + ')} AS malformed,
    ${TIES.map((column) => `${said(textOf(columns, column))} AS tie_${column}`).join(', ')}
  FROM ${from}
), one AS (
  SELECT *, CASE WHEN year(created_any) <= year(${asOf}) THEN created_any END AS created FROM cells
  WHERE user_id BETWEEN 1 AND 9007199254740991
  QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY created DESC NULLS LAST,
    ${TIES.map((column) => `tie_${column} NULLS LAST`).join(', ')}) = 1
), parsed AS (
  SELECT user_id, created, created_said, declared, unreadable_anciennete, malformed, tie_codepostal AS codepostal,
    list_transform(coalesce(json_extract_string(json_niveau, '$[*]'), []),
      lambda x: CASE nfc_normalize(${trimmed('x')}) ${ALIASES} ELSE nfc_normalize(${trimmed('x')}) END) AS levels,
    ${told(jsonText('json_discipline', '$[0]'))} AS first_discipline,
    ${told(jsonText('json_etablissement', '$[0].academie'))} AS school_academie,
    ${told(jsonText('json_etablissement', '$[0].code_postal'))} AS school_code
  FROM one
), placed AS (
  SELECT *, ${departement(`coalesce(school_code, ${told('codepostal')})`)} AS departement,
    list_filter(${literals(NIVEAUX)}, lambda n: CASE n ${HAS_NIVEAU} END) AS niveaux,
    len(list_filter(levels, lambda x: list_contains(${PRIMARY}, x))) AS in_primary,
    len(list_filter(levels, lambda x: list_contains(${SECONDARY}, x))) AS in_secondary
  FROM parsed
)
SELECT user_id,
  CASE WHEN NOT unreadable_anciennete THEN declared END AS declared_years,
  CASE WHEN NOT unreadable_anciennete THEN year(created) END::INTEGER AS created_year,
  (CASE WHEN list_contains(levels, ${literal(TRAINER_LEVEL)}) THEN 3
    WHEN in_primary > in_secondary THEN 1 WHEN in_secondary > in_primary THEN 2
    WHEN in_primary > 0 THEN 1 END)::INTEGER AS degre,
  coalesce(school_academie, a.academie) AS academie,
  array_to_string(niveaux, '|') AS niveaux_enseignes,
  CASE WHEN NOT list_has_any(niveaux, ['maternelle', 'elementaire']) THEN first_discipline END AS discipline,
  malformed, created_said AND created IS NULL AS unreadable_created, unreadable_anciennete
FROM placed LEFT JOIN (VALUES ${DEPARTEMENTS}) AS a(code, academie) ON a.code = placed.departement
ORDER BY user_id`;
}

/** SQL for the years of service of a row with `declared_years` and `created_year`, as `anciennete` in profile.ts. */
export const ancienneteSql = (asOf: string): string =>
  `CASE WHEN created_year IS NOT NULL THEN greatest(0, coalesce(declared_years, 0) + year(${asOf}) - created_year) END::INTEGER`;
