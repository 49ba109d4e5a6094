/** A rule of the data contract switched off: the file, the text that states the rule, and what stands there instead. */
export interface Mutant {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const inFile =
  (file: string) =>
  (rule: string, find: string, replace: string): Mutant => ({ rule, file, find, replace });

const grammar = inFile('shared/features/grammar.ts');
const sql = inFile('shared/features/sql.ts');
const kinds = inFile('shared/features/features.ts');
const events = inFile('shared/features/events.ts');
const people = inFile('shared/features/people.ts');
const levels = inFile('shared/features/profile.ts');
const columns = inFile('shared/pipeline/source/columns.ts');
const csv = inFile('shared/pipeline/source/csv.ts');
const careful = inFile('shared/pipeline/source/careful.ts');
const bytes = inFile('shared/pipeline/source/bytes.ts');
const relation = inFile('shared/pipeline/source/relation.ts');

/** Every dirt rule of the pipeline, switched off one at a time. */
export const MUTANTS: readonly Mutant[] = [
  grammar('blanks other than the plain one are blanks', String.raw`'\t\n\v\f\r \u00a0`, `' `),
  grammar('null words say nothing', String.raw`['', '\\N', 'NULL']`, `['']`),
  grammar('NaN is no number', `NOT_A_NUMBER = 'NAN'`, `NOT_A_NUMBER = '-'`),
  grammar('12.0 is an integer', 'INTEGER = String.raw`[+-]?\\d+(\\.0*)?`', 'INTEGER = String.raw`[+-]?\\d+`'),
  grammar('years may have a comma', String.raw`\d+)([.,]\d+)?[`, String.raw`\d+)([.]\d+)?[`),
  grammar('years may have a word', "'AN', 'ANS', 'ANNÉE'", "'ANNÉE'"),
  grammar('nobody has served more than 100 years', 'MOST_YEARS = 100', 'MOST_YEARS = 1000'),
  grammar('flags may be French words', `'v', 'vrai', 'o', 'oui'`, `'v'`),
  grammar('flags may have a comma', '`1([.,]0*)?`', '`1([.]0*)?`'),
  grammar('a zone moves a time', String.raw`*([+-].*)$`, String.raw`*([!].*)$`),
  grammar('a zone is written in one of these forms', '(Z|UTC|GMT|[+-]', '(Z|[+-]'),
  grammar('a day may stand first', String.raw`\d\d/\d\d/\d{4}(`, String.raw`\d\d!\d\d/\d{4}(`),
  grammar('a time may be seconds', String.raw`\d{9,10}`, String.raw`\d{9}[!]`),
  grammar('a time may be milliseconds', String.raw`\d{12,13}`, String.raw`\d{12}[!]`),
  grammar('a time may have no clock', '([T ]${CLOCK}( *${ZONE})?)?', '([T ]${CLOCK}( *${ZONE})?)'),
  grammar('years before 1950 are unknown', 'FIRST_YEAR = 1950', 'FIRST_YEAR = 1000'),
  grammar('NaN and a last comma are no JSON', '[nN][aA][nN]|[iI][nN][fF]|', '[iI][nN][fF][!]|'),
  grammar('a comma before the end is no JSON', String.raw`|,\s*[\]}]`, String.raw`|,![\]}]`),
  sql('a time is one that the cast gives back', '${cast}::VARCHAR = ${text} AND', '${cast} IS NOT NULL AND'),
  sql(
    'a float that is no number is null',
    'CASE WHEN NOT isnan(${name}) THEN ${name}::VARCHAR END',
    '${name}::VARCHAR',
  ),
  sql(
    'elements of JSON are trimmed',
    'THEN trim(json_extract_string(${json}, ${literal(path)}), ${literal(BLANKS)}) END',
    'THEN json_extract_string(${json}, ${literal(path)}) END',
  ),
  sql('objects in JSON are no texts', `IN ('VARCHAR', 'BIGINT', 'UBIGINT', 'DOUBLE')`, `<> 'NULL'`),
  sql(
    'an event id with .0 is the same id',
    'coalesce((${integerOf(columns, column)})::VARCHAR, ${said(',
    'coalesce(${said(',
  ),
  kinds('an article is contenu', `['contenu', 'article']`, `['contenu']`),
  kinds('fiche-outil is fiche-outils', `['fiche-outils', 'fiche-outil']`, `['fiche-outils']`),
  kinds('guides-pratiques is guide-pratique', `['guide-pratique', 'guides-pratiques']`, `['guide-pratique']`),
  kinds('the types of events are these', `  'attended',\n`, ''),
  events(
    'kinds are written with hyphens',
    "replace(lower(${trimmed(text)}), '_', '-')",
    'lower(${trimmed(text)})',
  ),
  events(
    'the case of kinds does not matter',
    "replace(lower(${trimmed(text)}), '_', '-')",
    "replace(${trimmed(text)}, '_', '-')",
  ),
  events(
    'the case of types does not matter',
    "lower(${trimmed(textOf(columns, 'type'))})",
    "${trimmed(textOf(columns, 'type'))}",
  ),
  events('contents are joined by kind and id', 'c.code = t.code AND c.content_id', 'c.content_id'),
  events(
    'doubled contents are one',
    'GROUP BY kind, content_id`;',
    'GROUP BY kind, content_id, code, ${FLAGS.join()}`;',
  ),
  events('a flag counts if any row carries it', '`max(${flag}) AS ${flag}`', '`min(${flag}) AS ${flag}`'),
  events('an event id counts once', 'HAVING page IS NOT NULL AND', 'HAVING false AND'),
  events('null is no event id', `nullif(event_id, '')`, 'event_id'),
  events(
    'of repeated rows one that counts is taken',
    `min({'left_out': code >= \${NO_USER}, 'code'`,
    `max({'left_out': code >= \${NO_USER}, 'code'`,
  ),
  events('events of unknown users are left out', 'WHEN u.user_id IS NULL THEN ${UNKNOWN_USER} ELSE', 'ELSE'),
  events('events after as_of are left out', 'THEN ${TOO_LATE}`', 'THEN 0`'),
  events(
    'events in the future are left out',
    'WHEN NOT ${known} THEN ${FUTURE}',
    'WHEN false THEN ${FUTURE}',
  ),
  events('the future sets no as_of', 'max(moment) FILTER (${known})', 'max(moment)'),
  events(
    'a use without integer id is no content',
    "CASE WHEN ${IS_USE} THEN ${parsedInteger('content')} END",
    "coalesce(${parsedInteger('content')}, hash(content) >> 1)",
  ),
  people('NR says nothing', `NOT IN ('', 'NR')`, `NOT IN ('')`),
  people('lost zeros of postal codes are put back', `lpad(\${clean}, 5, '0')`, `rpad(\${clean}, 5, '0')`),
  people('Corsica may have a letter', `'2[AB]`, `'2[C]`),
  people('overseas has three digits', `starts_with(\${padded}, '97')`, `starts_with(\${padded}, '00000')`),
  people('a postal code may end in .0', String.raw`'\\.0+$', ''`, `'!', ''`),
  people('blanks in a postal code do not matter', `' ', ''), '\\u00a0', ''`, `'!', ''), '!', ''`),
  people(
    'of repeated users the one created last stands',
    'ORDER BY created DESC NULLS LAST',
    'ORDER BY created ASC NULLS LAST',
  ),
  people('ties of users are decided by their cells', '`${column} NULLS LAST`', '`${column} DESC NULLS LAST`'),
  people(
    'nobody was created after as_of',
    'CASE WHEN year(created_any) <= year(${asOf}) THEN created_any END',
    'created_any',
  ),
  people(
    'unreadable years leave ancienneté unknown',
    'CASE WHEN NOT unreadable_anciennete THEN year(created) END',
    'year(created)',
  ),
  people('malformed JSON is counted', 'coalesce(taught.malformed, false)::INTEGER +', ''),
  people(
    'levels are normalised',
    "nfc_normalize(${trimmed('x')}) ${ALIASES} ELSE nfc_normalize(${trimmed('x')})",
    "${trimmed('x')} ${ALIASES} ELSE ${trimmed('x')}",
  ),
  people(
    'the school comes before the user’s own code',
    "coalesce(${told('code')}, ${told('codepostal')})",
    "coalesce(${told('codepostal')}, ${told('code')})",
  ),
  people('a trainer is of degré 3', 'WHEN trains THEN 3', 'WHEN trains THEN 1'),
  people('a tie of levels makes degré 1', 'WHEN in_primary > 0 THEN 1 END', 'WHEN in_primary > 0 THEN 2 END'),
  people(
    'no discipline in primary',
    `CASE WHEN NOT list_has_any(niveaux, ['maternelle', 'elementaire'])`,
    `CASE WHEN NOT list_has_any(niveaux, ['maternelle'])`,
  ),
  people('ids of users are positive', 'BETWEEN 1 AND', 'BETWEEN -10 AND'),
  levels(
    'legacy levels have a new name',
    `'Études supérieures': 'POST BAC'`,
    `'Études supérieures': 'Études'`,
  ),
  levels('ancienneté is never negative', 'Math.max(0,', 'Math.max(-1000,'),
  columns('the case of columns does not matter', '.toLowerCase()', ''),
  columns('blanks around columns do not matter', 'name.trim()', 'name'),
  csv('sep= is no header', '/^"?sep=.?"?$/i.test(row)', '/^!$/.test(row)'),
  csv('a blank line is no header', String.raw`/^[\s,]*$/.test(row)`, '/^!$/.test(row)'),
  csv(
    'a cell that is not UTF-8 is unknown',
    `bytes.toString('utf8') : null`,
    `bytes.toString('utf8') : cell`,
  ),
  csv('rows may end in any way', `['\\r\\n', '\\n', '\\r']`, `['\\r\\n', '\\n']`),
  csv('empty lines are no rows', 'skip_empty_lines: true', 'skip_empty_lines: false'),
  careful(
    'a comma at the end does not matter',
    'isBlank(more) && isBlank(less)',
    'more.length + less.length === 0',
  ),
  careful('cells that are not UTF-8 are counted', 'if (isUtf8) return;', 'if (isUtf8 || line > 0) return;'),
  bytes(
    'a byte order mark is no part of the header',
    'subarray(0, 3).equals(BYTE_ORDER_MARK)',
    'subarray(0, 0).equals(BYTE_ORDER_MARK)',
  ),
  relation(
    'parts of other types are read as text',
    'first.columns.get(name) === type)',
    "first.columns.get(name) === type || name !== '')",
  ),
];
