import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { request } from 'node:http';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from '../ports.ts';

/** A Firestore emulator that runs; `stop` ends it if it was started here. */
export interface FirestoreEmulator {
  /** `host:port`, as FIRESTORE_EMULATOR_HOST has it. */
  readonly host: string;
  readonly stop: () => Promise<void>;
}

const JAR = join('platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar');
const CLASS = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
const START_MS = 60_000;

/** The file of a command on the PATH, links followed; null when it is not there. */
export function onPath(command: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, command)).find((file) => existsSync(file));
  return found === undefined ? null : realpathSync(found);
}

/** Folder of the Google Cloud SDK, found by its command `gcloud`; null when there is none. */
export function sdkRoot(): string | null {
  const gcloud = onPath('gcloud');
  if (gcloud === null) return null;
  const root = dirname(dirname(gcloud));
  if (existsSync(join(root, 'platform'))) return root;
  const { stdout } = spawnSync('gcloud', ['info', '--format=value(installation.sdk_root)'], {
    encoding: 'utf8',
  });
  return stdout.trim() || null;
}

/** The emulator's program, by FIRESTORE_EMULATOR_JAR or in the Google Cloud SDK; null when it, or Java, is missing. */
export function emulatorJar(): string | null {
  if (onPath('java') === null) return null;
  const named = process.env['FIRESTORE_EMULATOR_JAR'];
  if (named) return named;
  const root = sdkRoot();
  const jar = root && join(root, JAR);
  return jar && existsSync(jar) ? jar : null;
}

const isReady = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.on('error', () => resolve(false));
    sent.end();
  });

/** Ends the emulator's process and waits until it is gone; it takes no notice of SIGINT. */
function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/**
 * Starts the emulator's program itself: `gcloud emulators firestore start` leaves it behind when it is killed.
 * @param port 0: any that is free
 * @throws Error when it does not start within a minute
 */
export async function startFirestore(jar: string, port = 0): Promise<FirestoreEmulator> {
  const own = port === 0 ? await freePort() : port;
  const argv = ['-Xmx512m', '-cp', jar, CLASS, 'start', '--host=127.0.0.1', `--port=${own}`];
  const child = spawn('java', argv, { stdio: 'ignore', detached: true });
  const stop = () => end(child);
  process.once('exit', () => child.kill('SIGTERM'));
  const until = Date.now() + START_MS;
  while (!(await isReady(own))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`The Firestore emulator does not start on port ${own}: is it taken?`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { host: `127.0.0.1:${own}`, stop };
}
