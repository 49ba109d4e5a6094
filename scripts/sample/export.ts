import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../shared/storage/local/files.ts';
import { type Behaviour, drawBehaviour } from './behaviour.ts';
import { CONTENT_COLUMNS, contentLines } from './contents.ts';
import { csv, writeLines } from './csv.ts';
import { EVENT_COLUMNS, EventWriter } from './events.ts';
import { Draw } from './random.ts';
import { USER_COLUMNS, userLine } from './users.ts';

export interface SampleOptions {
  users: number;
  seed: number;
  out: string;
  onProgress: (done: number, of: number) => void;
}

const FIRST_USER = 1001;

function* withHeader(header: readonly string[], lines: Iterable<string>): Generator<string> {
  yield csv(header);
  yield* lines;
}

/**
 * Writes `users.csv`, `contents.csv` and `interaction_events.csv` to `out`, calibrated on the platform's published
 * marginals. The same number of users and seed give the same bytes. Each file appears whole or not at all.
 */
export async function writeSample({
  users,
  seed,
  out,
  onProgress,
}: SampleOptions): Promise<{ events: number }> {
  await makeFolder(out);
  const write = async (table: string, lines: Iterable<string>) => {
    const part = join(out, `.${table}.part`);
    try {
      const count = await writeLines(part, lines);
      await rename(part, join(out, `${table}.csv`));
      return count - 1;
    } finally {
      // On a full disk it would lie in the way, and unseen.
      await rm(part, { force: true });
    }
  };
  const people = new Draw(seed);
  await write(
    'users',
    withHeader(
      USER_COLUMNS,
      (function* () {
        for (let i = 0; i < users; i++) yield userLine(FIRST_USER + i, people);
      })(),
    ),
  );
  await write('contents', withHeader(CONTENT_COLUMNS, contentLines(new Draw(seed + 1))));
  const behaviourDraw = new Draw(seed + 2);
  const behaviours: Behaviour[] = Array.from({ length: users }, () => drawBehaviour(behaviourDraw));
  const writer = new EventWriter(new Draw(seed + 3));
  const events = await write(
    'interaction_events',
    withHeader(EVENT_COLUMNS, writer.lines(behaviours, FIRST_USER, onProgress)),
  );
  return { events };
}
