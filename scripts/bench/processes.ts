import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A function as it is built: its name, the folder of its bundle, and a request that shows that it works. */
export interface Served {
  readonly name: string;
  readonly folder: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
}

/** Starts a built function under the stock functions framework. */
export function spawnFunction(
  { name, folder }: Served,
  port: number,
  environment: NodeJS.ProcessEnv,
): ChildProcess {
  const framework = join(ROOT, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
  const argv = [framework, `--target=${name}`, `--source=${folder}`, `--port=${port}`];
  return spawn(process.execPath, argv, {
    env: { ...process.env, ...environment, NODE_ENV: 'production' },
    stdio: 'ignore',
  });
}

/** The status of one request; null when nothing listens yet. */
export function ask({ path, method = 'GET', body }: Served, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', () => resolve(null));
    sent.end(body);
  });
}

/** Asks until there is an answer. @throws Error when it is not 200 */
export async function firstReply(served: Served, port: number): Promise<void> {
  for (;;) {
    const status = await ask(served, port);
    if (status === 200) return;
    if (status !== null) throw new Error(`${served.name} answered ${status}.`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Ends a process and waits until it is gone. */
export function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
