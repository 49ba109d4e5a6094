import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, typedText, UsageError, whole } from './arguments.ts';
import { mebibytes, seconds, table } from './figures.ts';
import { ROOT } from './bench/processes.ts';
import { measureRecompute } from './bench/recompute.ts';
import { benchClassification } from './bench/classification.ts';
import { benchFit } from './bench/fit.ts';
import { benchScale } from './bench/scale.ts';
import { buildServed, startStores } from './bench/served.ts';
import { benchColdStart, benchLoad, benchWarm } from './bench/serving.ts';
import { progressBar } from './progress.ts';
import { writeSample } from './sample/export.ts';

const SAMPLE_USERS = 54_739;
const PARTS = ['classify', 'recompute', 'cold', 'warm', 'load', 'fit', 'scale'] as const;
/** Users of the exports at which the recompute is measured; `--users` measures another size. */
const SIZES = [50_000, 100_000, 200_000];
const USAGE = `npm run bench -- [${PARTS.join('] [')}] [--users N] [--texts FILE.jsonl]`;

type Wanted = (part: (typeof PARTS)[number]) => boolean;

/** The recompute as a process, and its fit, on the sample's users. */
async function benchSample(folder: string, wanted: Wanted): Promise<void> {
  const exports = join(folder, 'exports');
  await writeSample({ users: SAMPLE_USERS, seed: 1, out: exports, onProgress: progressBar('sample events') });
  if (wanted('recompute')) {
    const { reply, seconds: taken, peakBytes } = await measureRecompute(exports, folder);
    table(
      'Recompute, the whole process',
      ['users', 'events', 'time', 'peak memory'],
      [
        [
          String(reply.total_users_processed),
          String(reply.source.events),
          seconds(taken),
          mebibytes(peakBytes),
        ],
      ],
    );
  }
  if (wanted('fit')) await benchFit(exports, folder);
}

/** The functions as they are built, on emulators. */
async function benchServing(folder: string, dist: string, wanted: Wanted): Promise<void> {
  const stores = await startStores(folder);
  try {
    const built = await buildServed(dist);
    if (wanted('cold')) await benchColdStart(built, stores);
    if (wanted('warm')) await benchWarm(built, stores);
    if (wanted('load')) await benchLoad(built, stores);
  } finally {
    await stores.stop();
  }
}

/** Measures what was asked for, all of it by default, and prints one table each. */
export async function main(argv: string[]): Promise<void> {
  const { positionals, values } = parse(
    argv,
    { users: { type: 'string' }, texts: { type: 'string' } },
    USAGE,
    Infinity,
  );
  for (const part of positionals) {
    if (!PARTS.some((known) => known === part))
      throw new UsageError(`There is no part "${part}".\nUsage: ${USAGE}`);
  }
  const wanted: Wanted = (part) => positionals.length === 0 || positionals.includes(part);
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const dist = join(ROOT, 'dist', '.bench');
  try {
    if (wanted('classify'))
      benchClassification(folder, values.texts === undefined ? undefined : await typedText(values.texts));
    if (wanted('scale'))
      await benchScale(folder, values.users === undefined ? SIZES : [whole('--users', values.users, 100)]);
    if (wanted('recompute') || wanted('fit')) await benchSample(folder, wanted);
    if (wanted('cold') || wanted('warm') || wanted('load')) await benchServing(folder, dist, wanted);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(dist, { recursive: true, force: true });
  }
}
