import { type Cell, flagOf, integerOf, isoOf, textOf, timeOf } from './cells.ts';
import { cell, FLAGS, type Row } from './files.ts';

/** What may be told of an unknown type: a word; anything else may be a cell of another column. */
const toldType = (type: string): string => (/^[a-z][a-z0-9_-]{0,29}$/.test(type) ? type : 'others');

export interface Contents {
  /** Which of the five flags a key carries. */
  readonly flags: ReadonlyMap<string, readonly boolean[]>;
  readonly unusable: number;
}

const KINDS = new Map([
  ['article', 'contenu'],
  ['fiche-outil', 'fiche-outils'],
  ['guides-pratiques', 'guide-pratique'],
]);

export function kindOf(value: Cell): string | null {
  const clean = textOf(value)?.toLowerCase().replaceAll('_', '-') ?? null;
  return clean === null ? null : (KINDS.get(clean) ?? clean);
}

const keyOf = (kind: string | null, id: bigint | null): string | null =>
  kind === null || id === null ? null : `${id} ${kind}`;

export function contentsOf(rows: readonly Row[]): Contents {
  const flags = new Map<string, boolean[]>();
  let unusable = 0;
  for (const row of rows) {
    const carried = FLAGS.map((flag) => flagOf(cell(row, flag), flag));
    const key = keyOf(kindOf(cell(row, 'type')), integerOf(cell(row, 'id')));
    if (key === null) unusable++;
    else {
      const before = flags.get(key);
      flags.set(
        key,
        carried.map((flag, i) => flag || before?.[i] === true),
      );
    }
  }
  return { flags, unusable };
}

export interface Event {
  readonly id: string | null;
  readonly user: bigint | null;
  readonly type: string;
  readonly kind: string | null;
  readonly content: bigint | null;
  readonly at: bigint | null;
}

function eventIdOf(value: Cell): string | null {
  const [text, integer] = [textOf(value), integerOf(value)];
  return integer === null ? text : String(integer);
}

export const eventOf = (row: Row): Event => ({
  id: eventIdOf(cell(row, 'id')),
  user: integerOf(cell(row, 'user_id')),
  type: textOf(cell(row, 'type'))?.toLowerCase() ?? '',
  kind: kindOf(cell(row, 'content_type')),
  content: integerOf(cell(row, 'content_id')),
  at: timeOf(cell(row, 'created_at')),
});

const KNOWN_TYPES =
  `attended click click_mail opened_mail comment_posted completed connexion download inscription register session
submitted subscribed subscription-completed subscription-ended page_view contenu_vote contenu_favoris`.split(
    /\s+/,
  );

const CODES = new Map([
  ['fiche-outils download', 1],
  ['guide-pratique download', 2],
  ['contenu page_view', 3],
]);
const ANY_CONTENT = new Map([
  ['contenu_vote', 4],
  ['comment_posted', 5],
  ['opened_mail', 6],
  ['click_mail', 7],
]);
const UNKNOWN_TYPE = 90;
const LEFT_OUT = new Map([
  [100, 'without user'],
  [101, 'unreadable date'],
  [102, 'after as_of'],
  [103, 'unknown user'],
  [104, 'in the future'],
]);

export interface Limits {
  readonly asOf: bigint;
  /** The run's clock plus 24 hours. */
  readonly future: bigint;
  readonly isUser: (id: bigint) => boolean;
}

function codeOf({ user, at, type, kind }: Event, { asOf, future, isUser }: Limits): number {
  if (user === null) return 100;
  if (at === null) return 101;
  if (at > future) return 104;
  if (at > asOf) return 102;
  if (!isUser(user)) return 103;
  if (!KNOWN_TYPES.includes(type)) return UNKNOWN_TYPE;
  return CODES.get(`${kind} ${type}`) ?? ANY_CONTENT.get(type) ?? 0;
}

interface Coded extends Event {
  readonly code: number;
}

function nullLast(a: bigint | null, b: bigint | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
}

/** Negative where row a counts before row b. Codes of rows that are left out are the greatest. */
const counting = (a: Coded, b: Coded): number =>
  a.code - b.code || nullLast(a.user, b.user) || nullLast(a.content, b.content);

/** One row of each id, and all rows without an id. */
function withoutRepeats(events: readonly Coded[]): Coded[] {
  const counted = new Map<string, Coded>();
  for (const event of events) {
    if (event.id === null) continue;
    const before = counted.get(event.id);
    if (!before || counting(event, before) < 0) counted.set(event.id, event);
  }
  return [...counted.values(), ...events.filter(({ id }) => id === null)];
}

export interface Counted {
  readonly features: ReadonlyMap<bigint, readonly number[]>;
  readonly repeated: number;
  readonly leftOut: Record<string, number>;
  readonly unknownTypes: Record<string, number>;
  readonly uses: number;
  readonly matchedUses: number;
  readonly first: string | null;
  readonly last: string | null;
}

function tally<T>(items: readonly T[], name: (item: T) => string | undefined): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = name(item);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** Features of one user from the events that count. */
function featuresOf(events: readonly Coded[], contents: Contents): number[] {
  const coded = (code: number) => events.filter((event) => event.code === code).length;
  const keys = events.filter(isUse).map(({ kind, content }) => keyOf(kind, content));
  const flagged = FLAGS.map(
    (_, i) => keys.filter((key) => contents.flags.get(key ?? '')?.[i] === true).length,
  );
  const different = new Set(keys.filter((key) => key !== null)).size;
  return [coded(1), coded(2), ...flagged, keys.length, different, coded(4), coded(5), coded(6), coded(7)];
}

const isUse = ({ code }: Coded): boolean => code >= 1 && code <= 3;

export function countEvents(events: readonly Event[], contents: Contents, limits: Limits): Counted {
  const rows = withoutRepeats(events.map((event) => ({ ...event, code: codeOf(event, limits) })));
  const uses = rows.filter(isUse);
  const times = events.flatMap(({ at }) => (at !== null && at <= limits.future ? [at] : []));
  const byUser = new Map<bigint, Coded[]>();
  for (const row of rows) {
    if (row.user === null) continue;
    const own = byUser.get(row.user);
    if (own) own.push(row);
    else byUser.set(row.user, [row]);
  }
  return {
    features: new Map([...byUser].map(([user, own]) => [user, featuresOf(own, contents)])),
    repeated: events.length - rows.length,
    leftOut: tally(rows, ({ code }) => LEFT_OUT.get(code)),
    unknownTypes: tally(rows, ({ code, type }) => (code === UNKNOWN_TYPE ? toldType(type) : undefined)),
    uses: uses.length,
    matchedUses: uses.filter(({ kind, content }) => contents.flags.has(keyOf(kind, content) ?? '')).length,
    first: times.length === 0 ? null : isoOf(times.reduce((a, b) => (a < b ? a : b))),
    last: times.length === 0 ? null : isoOf(times.reduce((a, b) => (a > b ? a : b))),
  };
}
