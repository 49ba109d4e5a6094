import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, UsageError } from './arguments.ts';
import { mebibytes, seconds, table } from './figures.ts';
import type { Served } from './bench/processes.ts';
import { ROOT } from './bench/processes.ts';
import { measureRecompute } from './bench/recompute.ts';
import { benchColdStart, benchLoad } from './bench/serving.ts';
import { buildAll, bundle } from './build.ts';
import { progressBar } from './progress.ts';
import { writeSample } from './sample/export.ts';

const SAMPLE_USERS = 54_739;
const PARTS = ['recompute', 'cold', 'load'] as const;
const USAGE = `npm run bench -- [${PARTS.join('] [')}]`;

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
  const { positionals } = parse(argv, {}, USAGE);
  for (const part of positionals) {
    if (!PARTS.some((known) => known === part))
      throw new UsageError(`There is no part "${part}".\nUsage: ${USAGE}`);
  }
  const wanted = (part: (typeof PARTS)[number]) => positionals.length === 0 || positionals.includes(part);
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const dist = join(ROOT, 'dist', '.bench');
  try {
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
    const { hello, functions } = await buildServed(dist);
    const environment = { LOCAL_DIR: folder };
    if (wanted('cold')) await benchColdStart(hello, functions, environment);
    if (wanted('load')) await benchLoad(hello, functions, environment);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(dist, { recursive: true, force: true });
  }
}
