import type { Spellings } from './cells.ts';
import { type Content, kindSpeller, OTHER_KINDS } from './contents.ts';
import type { Dirt } from './dirt.ts';
import type { Line } from './tables.ts';
import { exactly, usual } from './times.ts';

const DAY = 86_400_000_000n;

const OTHER_TYPES =
  `attended click completed connexion inscription register session submitted subscribed subscription-completed
subscription-ended contenu_favoris`.split(/\s+/);

/** Types that are not known, some of them close to one that is. */
const NO_TYPES = [
  'page-view',
  'pageview',
  'click mail',
  'opened-mail',
  'subscription_completed',
  'downloads',
  'télécharger',
  'like,share',
  'say "hi"',
  'two\nlines',
  'page_view\u200b',
  'NaN',
  'constructor',
  '0',
];

/** Event ids that are no integers: each stands for itself. */
const TEXT_IDS = [
  'a1b2c3d4',
  'A1B2C3D4',
  'evt-1',
  '1e3',
  '1_0',
  '12,0',
  '12.5',
  '0x1F',
  '99999999999999999999',
  '099999999999999999999',
  '9223372036854775808',
  '0f8fad5b-d9cb-469f-a165-70867728950e',
  'été',
  'NaN',
  'None',
];
const RARE_IDS = ['0', '-0', '-7', '9223372036854775807', '-9223372036854775808'];

export interface Clock {
  readonly now: bigint;
  readonly asOf: bigint | null;
  /** How far the latest events that are not in the future reach. */
  readonly reach: 'a day' | 'half a day' | 'the clock';
}

/** Times that lie at the borders of what counts. */
const BORDERS: Record<string, (clock: Clock) => string> = {
  'the clock plus a day': ({ now }) => exactly(now + DAY),
  'a microsecond after the clock plus a day': ({ now }) => exactly(now + DAY + 1n),
  'within a day after the clock': ({ now }) => exactly(now + DAY / 2n + 123_456n),
  as_of: ({ now, asOf }) => exactly(asOf ?? now),
  'a microsecond after as_of': ({ now, asOf }) => exactly((asOf ?? now) + 1n),
  'a second before as_of': ({ now, asOf }) => usual((asOf ?? now) - 1_000_000n),
  'a year after the clock': ({ now }) => usual(now + 365n * DAY),
  '2099': () => '2099-01-01 00:00:00',
  '2099 as seconds': () => '4070908800',
  'the last instant': () => '9999-12-31 23:59:59.999999',
  'the first instant': () => '1950-01-01',
  'the first instant by its zone': () => '1949-12-31T23:30:00-00:30',
  '1955': () => '1955-06-01 10:00:00.000001',
};

const A_DAY = 'the clock plus a day';
const AFTER = ['within a day after the clock', 'as_of', 'a microsecond after as_of'];

export function eventsRows(
  dirt: Dirt,
  spell: Spellings,
  clock: Clock,
  known: { users: readonly number[]; contents: readonly Content[] },
): Line[] {
  const kind = kindSpeller(dirt, spell, 'kinds of events');
  const otherKind = dirt.deck('other kinds of events', OTHER_KINDS);
  const otherType = dirt.deck('other types', OTHER_TYPES);
  const noType = dirt.deck('unknown types', NO_TYPES);
  const textId = dirt.deck('text ids of events', [...TEXT_IDS, ...RARE_IDS]);
  const later = clock.reach === 'a day' ? [] : clock.reach === 'half a day' ? [A_DAY] : [A_DAY, ...AFTER];
  const border = dirt.deckOf(
    'times at the borders',
    Object.fromEntries(Object.entries(BORDERS).filter(([name]) => !later.includes(name))),
  );
  const rareContent = dirt.deck('rare contents of events', [...RARE_IDS, '999', '-4']);
  const typeCase = dirt.deckOf<(type: string) => string>('cases of types', {
    upper: (type) => type.toUpperCase(),
    title: (type) => type.charAt(0).toUpperCase() + type.slice(1),
    blanks: (type) => spell.padded(type),
    'upper and blanks': (type) => spell.padded(type.toUpperCase()),
  });
  const inCase = (type: string): string => (dirt.chance(0.15) ? typeCase()(type) : type);

  const time = (): string => {
    const draw = dirt.next();
    if (draw < 0.02) return spell.none();
    if (draw < 0.07) return spell.noTime()(clock.now - BigInt(dirt.int(1, 500)) * DAY);
    if (draw < 0.09) return border()(clock);
    return spell.time(
      clock.now - BigInt(dirt.int(1, 1_900_000)) * (DAY / 1000n) - BigInt(dirt.int(0, 999_999)),
    );
  };
  const user = (): string => {
    const draw = dirt.next();
    if (draw < 0.03) return spell.none();
    if (draw < 0.05) return spell.noInteger();
    if (draw < 0.07) return spell.noUser();
    return spell.integer(draw < 0.1 ? dirt.int(500_000, 500_050) : dirt.pick(known.users));
  };
  const contentId = (id: number): string => {
    const draw = dirt.next();
    if (draw < 0.05) return spell.none();
    if (draw < 0.09) return spell.noInteger();
    return draw < 0.12 ? rareContent() : spell.integer(id);
  };
  /** Type and content of an event: mostly uses. */
  const deed = (): Line => {
    const draw = dirt.next();
    const content = dirt.pick(known.contents);
    const fitting = content.kind === 'contenu' ? 'page_view' : 'download';
    const [type, of] =
      draw < 0.5
        ? [fitting, kind(content.kind)]
        : draw < 0.58
          ? [dirt.pick(['page_view', 'download']), kind(content.kind)]
          : draw < 0.63
            ? [dirt.pick(['page_view', 'download']), dirt.chance(0.4) ? spell.none() : otherKind()]
            : draw < 0.88
              ? [dirt.pick(['contenu_vote', 'comment_posted', 'opened_mail', 'click_mail']), otherKind()]
              : [otherType(), kind(content.kind)];
    return { type: inCase(type ?? ''), content_type: of ?? '', content_id: contentId(content.id) };
  };
  const event = (id: string): Line => ({
    id,
    user_id: user(),
    ...deed(),
    created_at: time(),
    url: dirt.pick(['https://example.org/?a=1,2', '/page "x"', '', 'a\nb']),
    agent: 'Mozilla/5.0',
  });
  /** An event whose type is not known. Its id comes once, or with one type only: else the type that counts is open. */
  const strange = (id: string): Line => ({
    ...event(id),
    type: dirt.chance(0.25) ? spell.none() : inCase(noType()),
  });

  /** What differs in a row that comes again. */
  const changes: Record<string, (line: Line) => Line> = {
    nothing: () => ({}),
    'the time': () => ({ created_at: time() }),
    'an unreadable time': () => ({ created_at: spell.noTime()(clock.now) }),
    'no time': () => ({ created_at: spell.none() }),
    'a time in the future': () => ({ created_at: '2099-01-01' }),
    'another user': () => ({ user_id: String(dirt.pick(known.users)) }),
    'an unknown user': () => ({ user_id: '500123' }),
    'no user': () => ({ user_id: spell.none() }),
    'another content': () => ({ content_id: String(dirt.int(1, 60)) }),
    'no content': () => ({ content_id: spell.none() }),
    'another type': () => deed(),
    all: () => event(''),
  };
  const change = dirt.deckOf('what differs in repeated events', changes);

  const wanted = dirt.int(1150, 2300);
  const lines: Line[] = [];
  for (let number = 1; number <= wanted; number++) {
    const id = String(number * 3);
    const draw = dirt.next();
    if (draw < 0.05) lines.push((dirt.chance(0.3) ? strange : event)(spell.none()));
    else if (draw < 0.07) lines.push(event(spell.maybe(textId(), 0.2)));
    else {
      const first = (draw < 0.1 ? strange : event)(spell.integer(id));
      lines.push(first);
      for (let more = dirt.chance(0.08) ? dirt.int(1, 3) : 0; more > 0; more--)
        lines.push({ ...first, ...change()(first), id: dirt.chance(0.4) ? id : spell.otherwise(id) });
    }
  }
  // The future comes before the unknown user, and as_of looks at all rows whatever their user.
  lines.push({ ...event(''), user_id: '500001', created_at: '2099-06-01' });
  if (clock.reach === 'half a day')
    lines.push({ ...event(''), user_id: '500001', created_at: exactly(clock.now + DAY / 2n + 123_999n) });
  return dirt.shuffled(lines);
}
