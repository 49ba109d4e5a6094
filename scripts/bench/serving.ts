import { Agent, request } from 'node:http';
import { Firestore } from '@google-cloud/firestore';
import autocannon from 'autocannon';
import { median, milliseconds, table, times } from '../figures.ts';
import { freePort } from '../ports.ts';
import { end, firstReply, type Served, spawnFunction } from './processes.ts';
import { type Built, type MeasuredStores, USER } from './served.ts';

const RUNS = 9;
const CONNECTIONS = 50;
const SECONDS = 4;
const ROUNDS = 3;
/** Requests in all, and those that only warm up. */
const WARM_REQUESTS = 1500;
const WARMING = 700;

async function coldStart(served: Served, environment: NodeJS.ProcessEnv): Promise<number> {
  const port = await freePort();
  const start = performance.now();
  const child = spawnFunction(served, port, environment);
  await firstReply(served, port);
  const elapsed = performance.now() - start;
  await end(child);
  return elapsed;
}

/** Spawn to first reply of each function beside a bare one that does the same, taken in turns: medians of nine. */
export async function benchColdStart(
  built: Built,
  { environment, hasFirestore }: MeasuredStores,
): Promise<void> {
  const { hello, download, get, health, classify, clusters, recommend, profile } = built;
  const pairs: [Served, Served, must: number, aim: number][] = [
    [health, hello, 1.15, 1],
    [classify, hello, 1.3, 1.15],
    [clusters, download, 1.1, 0.85],
    [recommend, download, 1.1, 0.85],
    ...(hasFirestore ? [[profile, get, 1.1, 0.7] as [Served, Served, number, number]] : []),
  ];
  const all = [...new Set(pairs.flatMap(([ours, bare]) => [bare, ours]))];
  const taken = new Map(all.map(({ name }) => [name, [] as number[]]));
  for (let run = 0; run < RUNS; run++) {
    for (const served of all) taken.get(served.name)?.push(await coldStart(served, environment));
  }
  const of = ({ name }: Served) => median(taken.get(name) ?? []);
  table(
    `Spawn to first reply, medians of ${RUNS}, taken in turns`,
    ['function', 'median', 'beside', 'median', 'ratio', 'must', 'aim'],
    pairs.map(([ours, bare, must, aim]) => [
      ours.name,
      milliseconds(of(ours)),
      bare.name,
      milliseconds(of(bare)),
      times(of(ours) / of(bare)),
      times(must),
      times(aim),
    ]),
  );
}

/** Milliseconds of one request on a connection that is open. */
function timed(port: number, path: string, agent: Agent): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(performance.now() - start));
    });
    sent.on('error', reject).end();
  });
}

/** A profile over HTTP, warm, beside a bare `get()` of the same document by the official client, in turns. */
export async function benchWarm(
  { profile }: Built,
  { environment, hasFirestore }: MeasuredStores,
): Promise<void> {
  if (!hasFirestore) return;
  const port = await freePort();
  const child = spawnFunction(profile, port, environment);
  await firstReply(profile, port);
  const [host = '', number = ''] = (environment['FIRESTORE_EMULATOR_HOST'] ?? '').split(':');
  const credentials = { client_email: 'x', private_key: 'x' };
  const firestore = new Firestore({
    projectId: 'demo-bench',
    host,
    port: Number(number),
    ssl: false,
    credentials,
  });
  const document = firestore.doc(`users/${USER}`);
  const agent = new Agent({ keepAlive: true });
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let i = 0; i < WARM_REQUESTS; i++) {
    ours.push(await timed(port, profile.path, agent));
    const start = performance.now();
    await document.get();
    bare.push(performance.now() - start);
  }
  agent.destroy();
  await firestore.terminate();
  await end(child);
  const [a, b] = [median(ours.slice(WARMING)), median(bare.slice(WARMING))];
  table(
    `Warm, medians of ${WARM_REQUESTS - WARMING}, taken in turns`,
    ['function', 'p50', 'beside', 'p50', 'ratio', 'must', 'aim'],
    [['user-profile', milliseconds(a), 'get() alone', milliseconds(b), times(a / b), times(1.3), times(1.1)]],
  );
}

interface Load {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly bad: number;
}

async function load(served: Served, environment: NodeJS.ProcessEnv): Promise<Load> {
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
  const { p50, p99 } = result.latency;
  return { rate: result.requests.average, p50, p99, bad: result.non2xx + result.errors };
}

/** Requests per second and latency at 50 connections beside a bare hello, in turns: medians of three. */
export async function benchLoad(built: Built, { environment }: MeasuredStores): Promise<void> {
  const { hello, clusters, recommend, classify, health, profile } = built;
  const all = [hello, clusters, recommend, classify, health, profile];
  const taken = new Map(all.map(({ name }) => [name, [] as Load[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const served of all) taken.get(served.name)?.push(await load(served, environment));
  }
  const of = ({ name }: Served, figure: keyof Load) =>
    median((taken.get(name) ?? []).map((one) => one[figure]));
  const asked = [clusters, recommend, classify];
  table(
    `Load, ${CONNECTIONS} connections, medians of ${ROUNDS} times ${SECONDS} s`,
    ['function', 'requests/s', 'to hello', 'must', 'aim', 'p50', 'p99', 'not 2xx'],
    all.map((served) => [
      served.name,
      of(served, 'rate').toFixed(0),
      times(of(served, 'rate') / of(hello, 'rate')),
      ...(asked.includes(served) ? [times(0.8), times(0.95)] : ['–', '–']),
      `${of(served, 'p50')} ms`,
      `${of(served, 'p99')} ms`,
      String(of(served, 'bad')),
    ]),
  );
}
