import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, typedPath, UsageError, whole } from './arguments.ts';
import { mebibytes, seconds, table } from './figures.ts';
import type { Served } from './bench/processes.ts';
import { ROOT } from './bench/processes.ts';
import { measureRecompute } from './bench/recompute.ts';
import { benchClassification } from './bench/classification.ts';
import { benchFit } from './bench/fit.ts';
import { benchScale } from './bench/scale.ts';
import { benchColdStart, benchLoad } from './bench/serving.ts';
import { buildAll, bundle } from './build.ts';
import { progressBar } from './progress.ts';
import { writeSample } from './sample/export.ts';

const SAMPLE_USERS = 54_739;
const PARTS = ['classify', 'recompute', 'cold', 'load', 'fit', 'scale'] as const;
/** Users of the exports at which the recompute is measured; `--users` measures another size. */
const SIZES = [50_000, 100_000, 200_000];
const USAGE = `npm run bench -- [${PARTS.join('] [')}] [--users N] [--texts FILE.jsonl]`;

const TEXT =
  '# La dyslexie en classe\n\n' +
  'Aménager les supports pour les élèves dyslexiques, sans stress. '.repeat(15);

/** Builds all functions, and a bare hello in the same way, into a folder inside the project so that modules are found. */
async function buildServed(dist: string): Promise<{ hello: Served; functions: Served[] }> {
  await buildAll(dist);
  const folder = join(dist, 'hello');
  await mkdir(folder, { recursive: true });
  const entry = join(folder, 'hello.ts');
  const source = `import { http } from '@google-cloud/functions-framework';
http('hello', (_request, response) => { response.json({ success: true }); });\n`;
  await writeFile(entry, source);
  await bundle('hello', entry, folder);
  const at = (name: string, path: string) => ({ name, folder: join(dist, name), path });
  return {
    hello: at('hello', '/'),
    functions: [
      at('health', '/'),
      { ...at('classify', '/'), method: 'POST', body: JSON.stringify({ content: TEXT }) },
      at('clusters', '/'),
      at('recommend', '/2'),
      at('user-profile', '/1234/profile'),
    ],
  };
}

/** Measures what was asked for, all of it by default, and prints one table each. */
export async function main(argv: string[]): Promise<void> {
  const { positionals, values } = parse(
    argv,
    { users: { type: 'string' }, texts: { type: 'string' } },
    USAGE,
  );
  for (const part of positionals) {
    if (!PARTS.some((known) => known === part))
      throw new UsageError(`There is no part "${part}".\nUsage: ${USAGE}`);
  }
  const wanted = (part: (typeof PARTS)[number]) => positionals.length === 0 || positionals.includes(part);
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const dist = join(ROOT, 'dist', '.bench');
  try {
    if (wanted('classify'))
      benchClassification(folder, values.texts === undefined ? undefined : typedPath(values.texts));
    if (positionals.length === 1 && wanted('classify')) return;
    if (wanted('scale'))
      await benchScale(folder, values.users === undefined ? SIZES : [whole('users', values.users, 100)]);
    if (positionals.length === 1 && wanted('scale')) return;
    const exports = join(folder, 'exports');
    await writeSample({
      users: SAMPLE_USERS,
      seed: 1,
      out: exports,
      onProgress: progressBar('sample events'),
    });
    const { reply, seconds: taken, peakBytes } = await measureRecompute(exports, folder);
    if (wanted('recompute')) {
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
    const { hello, functions } = await buildServed(dist);
    const environment = { LOCAL_DIR: folder };
    if (wanted('cold')) await benchColdStart(hello, functions, environment);
    if (wanted('load')) await benchLoad(hello, functions, environment);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(dist, { recursive: true, force: true });
  }
}
