import { isoOf, yearOf } from './oracle/cells.ts';
import { contentsOf, countEvents, eventOf } from './oracle/events.ts';
import { readTable, type TableName } from './oracle/files.ts';
import { type Profile, usersOf } from './oracle/users.ts';

/**
 * The data contract computed a second time, in plain TypeScript over whole tables in memory and without any of the
 * project's own code, to hold the pipeline against.
 */
export interface Expected extends Profile {
  features: number[];
}

/** Paths of the parts of each table. */
export type Files = Readonly<Record<TableName, readonly string[]>>;

/** Reasons and types that no row has are not listed. */
export interface Report {
  users: number;
  user_rows: number;
  unusable_user_rows: number;
  repeated_user_rows: number;
  contents: number;
  content_rows: number;
  unusable_content_rows: number;
  events: number;
  repeated_events: number;
  left_out: Record<string, number>;
  uses: number;
  matched_uses: number;
  unknown_types: Record<string, number>;
  first_event: string | null;
  last_event: string | null;
  malformed_cells: number;
  unreadable_created: number;
  unreadable_anciennete: number;
  not_utf8: Record<TableName, number>;
}

export interface Expectation {
  asOf: string;
  users: Map<number, Expected>;
  report: Report;
}

const DAY = 86_400_000;
const microsOf = (millis: number): bigint => BigInt(millis) * 1000n;

/** Features and profile of every user of an export, the time they count up to, and the report on its rows. */
export async function expectedOf(
  files: Files,
  { asOf: given, now }: { asOf: number | null; now: number },
): Promise<Expectation> {
  const [userTable, contentTable, eventTable] = await Promise.all([
    readTable('users', files.users),
    readTable('contents', files.contents),
    readTable('interaction_events', files.interaction_events),
  ]);
  const events = eventTable.rows.map(eventOf);
  const future = microsOf(now + DAY);
  const times = events.flatMap(({ at }) => (at !== null && at <= future ? [at] : []));
  if (given === null && times.length === 0) throw new Error('No event has a readable time.');
  const asOf = given === null ? times.reduce((a, b) => (a > b ? a : b)) : microsOf(given);
  const users = usersOf(userTable.rows, yearOf(asOf));
  const contents = contentsOf(contentTable.rows);
  const isUser = (id: bigint) => users.profiles.has(Number(id));
  const counted = countEvents(events, contents, { asOf, future, isUser });
  const nothing = () => new Array<number>(13).fill(0);
  return {
    asOf: isoOf(asOf),
    users: new Map(
      [...users.profiles]
        .sort(([a], [b]) => a - b)
        .map(([id, profile]) => [
          id,
          { ...profile, features: [...(counted.features.get(BigInt(id)) ?? nothing())] },
        ]),
    ),
    report: {
      users: users.profiles.size,
      user_rows: userTable.rows.length,
      unusable_user_rows: users.unusable,
      repeated_user_rows: users.repeated,
      contents: contents.flags.size,
      content_rows: contentTable.rows.length,
      unusable_content_rows: contents.unusable,
      events: events.length,
      repeated_events: counted.repeated,
      left_out: counted.leftOut,
      uses: counted.uses,
      matched_uses: counted.matchedUses,
      unknown_types: counted.unknownTypes,
      first_event: counted.first,
      last_event: counted.last,
      malformed_cells: users.malformedCells,
      unreadable_created: users.unreadableCreated,
      unreadable_anciennete: users.unreadableAnciennete,
      not_utf8: {
        users: userTable.notUtf8,
        contents: contentTable.notUtf8,
        interaction_events: eventTable.notUtf8,
      },
    },
  };
}
