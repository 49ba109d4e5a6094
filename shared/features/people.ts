import { ACADEMIES, LEVEL_ALIASES, LEVELS, NIVEAUX, type Niveau, TRAINER_LEVEL } from './profile.ts';
import { type Columns, doubleOf, integerOf, literal, literals, textOf, timestampOf } from './sql.ts';

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

/** Columns of the users that hold JSON, by what they tell. */
const CELLS = ['niveau', 'discipline', 'school'];

/** A JSON array in a cell, or null when the cell is empty, malformed or holds something else. */
const jsonArray = (text: string): string =>
  `CASE WHEN starts_with(ltrim(${text}), '[') AND json_valid(${text}) THEN ${text} END`;

/** 1 when the cell holds something that is not a JSON array. */
const malformed = (cell: string, array: string): string =>
  `CASE WHEN ${array} IS NULL AND lower(trim(${cell})) NOT IN ('', 'null') THEN 1 ELSE 0 END`;

/** A text that says something: neither empty nor the word NR. */
const said = (text: string): string =>
  `CASE WHEN upper(trim(${text})) NOT IN ('', 'NR') THEN trim(${text}) END`;

/** The département of a postal code: lost zeros put back, Corsica by its letter or as 20, overseas by three digits. */
const departement = (code: string): string => {
  const clean = `regexp_replace(replace(upper(trim(${code})), ' ', ''), '\\.0+$', '')`;
  const padded = `lpad(${clean}, 5, '0')`;
  return (
    `CASE WHEN regexp_full_match(${clean}, '2[AB]\\d{3}') THEN left(${clean}, 2) ` +
    `WHEN regexp_full_match(${clean}, '\\d{1,5}') ` +
    `THEN CASE WHEN starts_with(${padded}, '97') THEN left(${padded}, 3) ELSE left(${padded}, 2) END END`
  );
};

/** Years of service nobody has count as not declared. */
const plausible = (years: string): string => `CASE WHEN abs(${years}) <= 100 THEN ${years} END`;

/**
 * SQL for `people`, one row per user id with the profile fields of the data contract and `malformed`, the count of
 * cells that should have been JSON arrays. Only the columns named here are read: names and biographies never are.
 * Of rows that share an id the one created last stands.
 * @param from the users table as an SQL relation
 * @param asOf SQL timestamp up to which ancienneté counts
 */
export function peopleSql(from: string, columns: Columns, asOf: string): string {
  return `
CREATE OR REPLACE TABLE people AS
WITH source AS (
  SELECT ${integerOf(columns, 'id')} AS user_id,
    ${timestampOf(columns, 'created_at')} AS created,
    trunc(${plausible(doubleOf(columns, 'anciennete'))}) AS declared,
    ${textOf(columns, 'codepostal')} AS codepostal,
    ${textOf(columns, 'json_niveau')} AS niveau_cell,
    ${textOf(columns, 'json_discipline')} AS discipline_cell,
    ${textOf(columns, 'json_etablissement')} AS school_cell
  FROM ${from}
), one AS (
  SELECT * FROM source WHERE user_id BETWEEN 1 AND 9007199254740991
  QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY created DESC NULLS LAST, declared, codepostal,
    niveau_cell, discipline_cell, school_cell) = 1
), arrays AS (
  SELECT *, ${CELLS.map((cell) => `${jsonArray(`${cell}_cell`)} AS ${cell}`).join(', ')} FROM one
), parsed AS (
  SELECT user_id, created, declared, codepostal,
    ${CELLS.map((cell) => malformed(`${cell}_cell`, cell)).join(' + ')} AS malformed,
    list_transform(coalesce(json_extract_string(niveau, '$[*]'), []),
      lambda x: CASE nfc_normalize(trim(x)) ${ALIASES} ELSE nfc_normalize(trim(x)) END) AS levels,
    ${said(`json_extract_string(discipline, '$[0]')`)} AS first_discipline,
    ${said(`json_extract_string(school, '$[0].academie')`)} AS school_academie,
    ${said(`json_extract_string(school, '$[0].code_postal')`)} AS school_code
  FROM arrays
), placed AS (
  SELECT *, ${departement('coalesce(school_code, codepostal)')} AS departement,
    list_filter(${literals(NIVEAUX)}, lambda n: CASE n ${HAS_NIVEAU} END) AS niveaux,
    len(list_filter(levels, lambda x: list_contains(${PRIMARY}, x))) AS in_primary,
    len(list_filter(levels, lambda x: list_contains(${SECONDARY}, x))) AS in_secondary,
    year(${asOf}) - year(created) AS since
  FROM parsed
)
SELECT user_id,
  CASE WHEN coalesce(declared, since) IS NOT NULL
    THEN greatest(0, coalesce(declared, 0) + coalesce(since, 0)) END::INTEGER AS anciennete,
  (CASE WHEN list_contains(levels, ${literal(TRAINER_LEVEL)}) THEN 3
    WHEN in_primary > in_secondary THEN 1 WHEN in_secondary > in_primary THEN 2
    WHEN in_primary > 0 THEN 1 END)::INTEGER AS degre,
  coalesce(school_academie, a.academie) AS academie,
  array_to_string(niveaux, '|') AS niveaux_enseignes,
  CASE WHEN NOT list_has_any(niveaux, ['maternelle', 'elementaire']) THEN first_discipline END AS discipline,
  malformed
FROM placed LEFT JOIN (VALUES ${DEPARTEMENTS}) AS a(code, academie) ON a.code = placed.departement
ORDER BY user_id`;
}
