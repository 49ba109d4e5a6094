import type { Spellings } from './cells.ts';
import type { Dirt } from './dirt.ts';
import { jsonCells } from './json.ts';
import type { Line } from './tables.ts';
import { usual } from './times.ts';

const YEAR = 31_556_952_000_000n;

const BIOGRAPHIES = [
  '',
  'Professeure des écoles, "passionnée"',
  'Ligne une\nligne deux',
  'Ligne une\r\nligne deux\r\n',
  'Ligne une\rligne deux',
  '"',
  '""',
  ',',
  '\n',
  'NULL',
  '=1+1;2',
  "L'été, à Nîmes 😀",
];

/** Rows of the users: one at least of each id, repeats and unusable ones among them. */
export function usersRows(dirt: Dirt, spell: Spellings, now: bigint, typed: boolean) {
  const json = jsonCells(dirt, spell.code);
  const biography = dirt.deck('biographies', BIOGRAPHIES);
  const past = () => now - (BigInt(dirt.int(1, 17_000)) * YEAR) / 1000n;
  const created = (): string => {
    const draw = dirt.next();
    if (draw < 0.08) return spell.none();
    if (draw < 0.2) return spell.noTime()(past());
    // Later than as_of, some in a later year.
    if (draw < 0.27) return usual(now + (BigInt(dirt.int(1, 3000)) * YEAR) / 1000n);
    return spell.time(past());
  };
  const years = (): string => {
    const draw = dirt.next();
    if (draw < 0.15) return spell.none();
    return draw < 0.35 ? spell.noYears() : spell.maybe(spell.years(), 0.1);
  };
  const orNone = (share: number, text: () => string): string => (dirt.chance(share) ? spell.none() : text());
  const person = (id: string): Line => ({
    id,
    codepostal: orNone(0.15, spell.code),
    anciennete: years(),
    created_at: created(),
    json_niveau: orNone(0.08, json.niveau),
    json_discipline: orNone(0.1, json.discipline),
    json_etablissement: orNone(0.2, json.etablissement),
    nom: dirt.pick(['Nom', "O'Neil", 'Nom, "dit" Prénom', '']),
    biographie: biography(),
  });

  const at = (created_at: string): Line => ({ ...person(''), created_at });
  /** Rows that differ in their levels: else it is open which stands of one without created_at and an unreadable one. */
  const apart = (lines: Line[]): Line[] =>
    lines.map((line, i) => ({
      ...line,
      json_niveau: JSON.stringify(['CP', ...new Array<string>(i).fill('6e')]),
    }));
  /** All rows of a user who comes more than once: other times, or the same with other cells. */
  const groups: Record<string, () => Line[]> = {
    'the same row': () => new Array<Line>(2).fill(at(usual(past()))),
    'another created_at': () => apart([person(''), person(''), person('')]),
    'an unknown created_at': () => apart([spell.noTime()(past()), usual(past()), spell.none()].map(at)),
    'created after as_of': () => apart([usual(past()), usual(now + 2n * YEAR)].map(at)),
    'a microsecond later': () => [
      at('2020-05-01 10:00:00'),
      at('2020-05-01 10:00:00.000001'),
      at('2020-05-01 12:00:00+02:00'),
    ],
    'the same created_at': () => new Array<string>(3).fill(usual(past())).map(at),
    'the same created_at in other spellings': () =>
      ['2019-03-01T10:00:00Z', '2019-03-01 11:00+01', '01/03/2019 10:00', '1551434400'].map(at),
    'no created_at': () => ['', '', 'NULL'].map(at),
    'only the year of created_at is not known': () => apart(['2099-01-01', 'hier', ''].map(at)),
  };
  const group = dirt.deckOf('repeated users', groups);
  /** Typed columns have no text of their own: there the levels decide between rows of one time. */
  const decided = (lines: Line[]): Line[] =>
    typed ? apart(lines).map((line) => ({ ...line, anciennete: '', codepostal: '' })) : lines;

  const ids = [1, 2, 7, Number.MAX_SAFE_INTEGER];
  const wanted = dirt.int(50, 150);
  while (ids.length < wanted) ids.push(1000 + ids.length * dirt.int(3, 4));
  const unique = [...new Set(ids)];
  const lines = unique.flatMap((id) => {
    const own = dirt.chance(0.12) ? decided(group()()) : [person('')];
    return own.map((line) => ({ ...line, id: spell.integer(id) }));
  });
  const unusable = Array.from({ length: dirt.int(8, 16) }, () =>
    person(dirt.pick([spell.none, spell.noInteger, spell.noUser])()),
  );
  return { ids: unique, lines: dirt.shuffled([...lines, ...unusable]) };
}
