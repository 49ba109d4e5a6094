import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { literal } from '../../shared/features/sql.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { mebibytes, median, seconds, table, times } from '../figures.ts';
import { progressBar } from '../progress.ts';
import { writeSample } from '../sample/export.ts';
import { ROOT } from './processes.ts';
import { measureRecompute } from './recompute.ts';

const TABLES = ['users', 'contents', 'interaction_events'] as const;

/** What the Python pipeline that this one replaces took, in seconds, for 5,000 users and 390,000 events. */
const PYTHON = { users: 5000, seconds: 25 };
/** Runs of each measure; one is enough where one takes minutes. */
const runsFor = (users: number): number => (users > 500_000 ? 1 : 3);

/** Writes the same export as Parquet, with the types DuckDB finds in it. */
async function toParquet(csv: string, parquet: string): Promise<void> {
  await mkdir(parquet, { recursive: true });
  const bench = await Workbench.open('2GB');
  for (const name of TABLES) {
    const from = `read_csv(${literal(join(csv, `${name}.csv`))}, quote = '"', escape = '"', sample_size = -1)`;
    await bench.run(`COPY (SELECT * FROM ${from}) TO ${literal(join(parquet, `${name}.parquet`))}`);
  }
  await bench.close();
}

/** Seconds DuckDB alone takes to count events and distinct contents per user over a file of events. */
async function bareQuery(from: string): Promise<number> {
  const bench = await Workbench.open('2GB');
  const start = performance.now();
  await bench.rows(`SELECT sum(n), sum(d) FROM (
    SELECT user_id, count(*) AS n, count(DISTINCT content_id) AS d FROM ${from} GROUP BY user_id)`);
  const elapsed = (performance.now() - start) / 1000;
  await bench.close();
  return elapsed;
}

/** What Cloud Functions may be slower by, and how fast it copies from a bucket: guesses on the safe side. */
const SLOWER = 2;
const COPIED_PER_SECOND = 50_000_000;

/** Seconds Firestore's client takes for so many first writes: 500 a second, half as many more every five minutes. */
function writingSeconds(users: number): number {
  let [left, rate, seconds] = [users, 500, 0];
  for (; left > rate * 300; rate *= 1.5, seconds += 300) left -= rate * 300;
  return seconds + left / rate;
}

/** Prints what a first night on Cloud Functions would take of its limits; what is copied to disk is memory there. */
async function estimate(users: number, found: Awaited<ReturnType<typeof measure>>): Promise<void> {
  const file = join(ROOT, 'functions/recompute/deploy.json');
  const limits = JSON.parse(await readFile(file, 'utf8')) as { memory: string; timeoutSeconds: number };
  const [copy, work, write] = [
    found.exportBytes / COPIED_PER_SECOND,
    found.seconds * SLOWER,
    writingSeconds(users),
  ];
  table(
    `Estimate of a first night of ${users} users from CSV on Cloud Functions; later nights write changed users alone`,
    ['copy', 'compute', 'write all users', 'sum', 'limit', 'memory', 'limit'],
    [
      [
        seconds(copy),
        seconds(work),
        seconds(write),
        seconds(copy + work + write),
        seconds(limits.timeoutSeconds),
        mebibytes(found.peakBytes + found.exportBytes),
        limits.memory,
      ],
    ],
  );
}

async function measure(folder: string, form: 'csv' | 'parquet', localDir: string, runs: number) {
  const file = literal(join(folder, `interaction_events.${form}`));
  const bare: number[] = [];
  const whole: Awaited<ReturnType<typeof measureRecompute>>[] = [];
  for (let run = 0; run < runs; run++) {
    bare.push(await bareQuery(form === 'csv' ? `read_csv(${file})` : `read_parquet(${file})`));
    whole.push(await measureRecompute(folder, join(localDir, `${form}-${run}`)));
  }
  const { reply, peakBytes } = whole[0] as (typeof whole)[number];
  const sizes = await Promise.all(TABLES.map((name) => stat(join(folder, `${name}.${form}`))));
  return {
    reply,
    exportBytes: sizes.reduce((sum, { size }) => sum + size, 0),
    bare: median(bare),
    seconds: median(whole.map((one) => one.seconds)),
    peakBytes: Math.max(peakBytes, ...whole.map((one) => one.peakBytes)),
  };
}

/** End-to-end recompute at several sizes, from CSV and Parquet, beside DuckDB's bare count over the same file. */
export async function benchScale(folder: string, sizes: readonly number[]): Promise<void> {
  const rows: string[][] = [];
  const estimates: (() => Promise<void>)[] = [];
  for (const users of sizes) {
    const csv = join(folder, `csv-${users}`);
    const parquet = join(folder, `parquet-${users}`);
    await writeSample({ users, seed: 1, out: csv, onProgress: progressBar(`events of ${users} users`) });
    await toParquet(csv, parquet);
    for (const [form, from] of [
      ['csv', csv],
      ['parquet', parquet],
    ] as const) {
      const found = await measure(from, form, join(folder, `local-${users}`), runsFor(users));
      if (form === 'csv') estimates.push(() => estimate(users, found));
      rows.push([
        `${users} users, ${form}`,
        String(found.reply.source.events),
        seconds(found.bare),
        seconds(found.seconds),
        times(found.seconds / found.bare),
        mebibytes(found.peakBytes),
        times((PYTHON.seconds * users) / PYTHON.users / found.seconds),
      ]);
    }
  }
  table(
    `Recompute end to end, the whole process, medians of three (one above 500,000 users)`,
    ['export', 'events', 'bare query', 'recompute', 'to bare', 'peak memory', 'faster than Python'],
    rows,
  );
  await estimates.at(-1)?.();
}
