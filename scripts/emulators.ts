import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { UsageError } from './arguments.ts';
import { CloudStorageServer } from './emulators/cloud-storage.ts';
import { emulatorJar, type FirestoreEmulator, startFirestore } from './emulators/firestore.ts';
import { say } from './progress.ts';

const PORTS = { firestore: 8086, storage: 9199 };

/** The Firestore emulator, if this machine has one; without it users stay in a folder. */
async function firestore(): Promise<FirestoreEmulator | null> {
  const jar = emulatorJar();
  if (jar !== null) return startFirestore(jar, PORTS.firestore);
  say(
    'No Firestore emulator here: install the Google Cloud SDK with its component cloud-firestore-emulator, and Java.',
  );
  return null;
}

async function storage(): Promise<CloudStorageServer> {
  try {
    return await CloudStorageServer.start(PORTS.storage);
  } catch (error) {
    throw new UsageError(`Port ${PORTS.storage} cannot be used (${String(error)}): end what listens there.`);
  }
}

/** Waits until a person ends the command. */
const untilStopped = (): Promise<number> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(0));
  });

async function untilEnded([command = '', ...argv]: readonly string[], variables: Record<string, string>) {
  const child = spawn(command, argv, {
    stdio: 'inherit',
    env: { ...process.env, ...variables },
    // A group of its own, so that a signal reaches whatever the command started in its turn.
    detached: true,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => child.pid !== undefined && process.kill(-child.pid, signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/**
 * Starts emulators of Firestore and Cloud Storage, and with `-- COMMAND …` a command on them. What they hold is gone
 * when they end.
 */
export async function main(argv: string[]): Promise<void> {
  const bucket = await storage();
  const database = await firestore();
  const variables: Record<string, string> = {
    STORAGE_EMULATOR_HOST: bucket.url,
    ...(database ? { FIRESTORE_EMULATOR_HOST: database.host } : {}),
  };
  for (const [name, value] of Object.entries(variables)) say(`export ${name}=${value}`);
  const command = argv.filter((word, index) => index > 0 || word !== '--');
  if (command.length === 0)
    say('Set these in another terminal, and npm start runs on the emulators. Ctrl-C ends them.');
  try {
    process.exitCode = await (command.length === 0 ? untilStopped() : untilEnded(command, variables));
  } finally {
    bucket.stop();
    await database?.stop();
  }
}
