import { spellings } from './cells.ts';
import { contentsRows } from './contents.ts';
import type { Dirt } from './dirt.ts';
import { type Clock, eventsRows } from './events.ts';
import { usersRows } from './users.ts';

/** Cells of a row as text, by their columns; a surrogate from U+DC80 to U+DCFF stands for a byte that is no UTF-8. */
export type Line = Readonly<Record<string, string>>;
export type TableName = 'users' | 'contents' | 'interaction_events';
export type Tables = Readonly<Record<TableName, readonly Line[]>>;

/** An export before it has a form. */
export function nastyTables(dirt: Dirt, clock: Clock, typed: boolean): Tables {
  const spell = spellings(dirt);
  const users = usersRows(dirt, spell, clock.now, typed);
  const contents = contentsRows(dirt, spell);
  const known = { users: users.ids, contents: contents.contents };
  return {
    users: users.lines,
    contents: contents.lines,
    interaction_events: eventsRows(dirt, spell, clock, known),
  };
}

const COLUMNS = ['id', 'user_id', 'type', 'content_type', 'content_id', 'created_at', 'url', 'agent'];
const BYTES: Record<string, (text: string) => string> = {
  'Latin-1 at the end': (text) => `${text}\udce9`,
  'Latin-1 at the start': (text) => `\udce9${text}`,
  'Latin-1 within quotes': (text) => `${text}caf\udce9, "x"\n`,
  'a sequence that is cut off': (text) => `${text}\udce2\udc82`,
  'an overlong sequence': (text) => `${text}\udcc0\udc80`,
  'a surrogate in UTF-8': (text) => `${text}\udced\udca0\udc80`,
  'a byte that never occurs': (text) => `${text}\udcff`,
};

/** Makes one cell in a thousand rows no UTF-8. */
export function withBrokenCells(dirt: Dirt, lines: readonly Line[]): Line[] {
  const column = dirt.turns('columns with a cell that is not UTF-8', COLUMNS);
  const bytes = dirt.turns('bytes that are not UTF-8', Object.keys(BYTES));
  const broken = (text: string): string => BYTES[bytes()]?.(text) ?? text;
  const result = [...lines];
  for (let left = Math.floor(lines.length / 1000); left > 0; left--) {
    // A row in every thousand, so no row is chosen twice.
    const row = (left - 1) * 1000 + dirt.int(0, 999);
    const [name, line] = [column(), result[row] ?? {}];
    // Without a type a row counts as of an unknown one: as a repeat it could stand beside another such row.
    const id = name === 'type' ? '' : (line['id'] ?? '');
    result[row] = { ...line, id, [name]: broken(name === 'id' ? id : (line[name] ?? '')) };
  }
  return result;
}
