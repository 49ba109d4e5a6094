import autocannon from 'autocannon';
import { median, milliseconds, table, times } from '../figures.ts';
import { freePort } from '../ports.ts';
import { end, firstReply, type Served, spawnFunction } from './processes.ts';

const RUNS = 9;
const CONNECTIONS = 50;
const SECONDS = 4;

async function coldStart(served: Served, environment: NodeJS.ProcessEnv): Promise<number> {
  const port = await freePort();
  const start = performance.now();
  const child = spawnFunction(served, port, environment);
  await firstReply(served, port);
  const elapsed = performance.now() - start;
  await end(child);
  return elapsed;
}

/** Spawn to first reply of each function beside a bare hello, taken in turns: medians of nine. */
export async function benchColdStart(
  hello: Served,
  functions: readonly Served[],
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const all = [hello, ...functions];
  const taken = new Map(all.map(({ name }) => [name, [] as number[]]));
  for (let run = 0; run < RUNS; run++) {
    for (const served of all) taken.get(served.name)?.push(await coldStart(served, environment));
  }
  const of = (name: string) => median(taken.get(name) ?? []);
  table(
    `Spawn to first reply, medians of ${RUNS}`,
    ['function', 'median', 'to hello'],
    all.map(({ name }) => [name, milliseconds(of(name)), times(of(name) / of(hello.name))]),
  );
}

/** Requests per second and latency of each function at 50 connections, beside a bare hello. */
export async function benchLoad(
  hello: Served,
  functions: readonly Served[],
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const rows: string[][] = [];
  let bare = 0;
  for (const served of [hello, ...functions]) {
    const port = await freePort();
    const child = spawnFunction(served, port, environment);
    await firstReply(served, port);
    const result = await autocannon({
      url: `http://127.0.0.1:${port}${served.path}`,
      method: served.method ?? 'GET',
      connections: CONNECTIONS,
      duration: SECONDS,
      ...(served.body === undefined
        ? {}
        : { body: served.body, headers: { 'content-type': 'application/json' } }),
    });
    await end(child);
    const rate = result.requests.average;
    if (served === hello) bare = rate;
    const { p50, p99 } = result.latency;
    rows.push([
      served.name,
      rate.toFixed(0),
      times(rate / bare),
      `${p50} ms`,
      `${p99} ms`,
      String(result.non2xx),
    ]);
  }
  table(
    `Load, ${CONNECTIONS} connections, ${SECONDS} s each`,
    ['function', 'requests/s', 'to hello', 'p50', 'p99', 'not 2xx'],
    rows,
  );
}
