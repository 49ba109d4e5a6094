import { access, rename } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Config, readConfig } from '../shared/config.ts';
import { isGuarded } from '../shared/http/access.ts';
import { endBySignal } from '../shared/http/listen.ts';
import { openRecompute, SEED } from '../shared/pipeline/open.ts';
import { openArtifactReader } from '../shared/storage/open.ts';
import { onDisk } from '../shared/storage/local/files.ts';
import { UsageError } from './arguments.ts';
import { createGateway, OPERATIONS } from './gateway.ts';
import { openApi } from './openapi.ts';
import { progressBar, say, showStep } from './progress.ts';
import { writeSample } from './sample/export.ts';

const SAMPLE_USERS = 54_739;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Before the first start there is nothing to serve: makes sample exports, unless there are real ones, and trains. */
async function prepare(config: Config): Promise<void> {
  if (await openArtifactReader(config).readPointer()) return;
  say('No model is published yet.');
  // A bucket of the real cloud serves people: they must never be told what was learnt from made-up teachers.
  if (config.artifactBucket !== null && config.storageEmulator === null) return;
  if (!config.isSourceNamed && !(await exists(config.sourceUri))) {
    say(`Making sample exports of ${SAMPLE_USERS} users in ${config.sourceUri} …`);
    const part = `${config.sourceUri}.part`;
    const place = { what: `The folder ${config.localDir}`, another: 'set LOCAL_DIR to another folder' };
    await onDisk(place, async () => {
      await writeSample({ users: SAMPLE_USERS, seed: 1, out: part, onProgress: progressBar('events') });
      await rename(part, config.sourceUri);
    });
  }
  say(`Training on ${config.sourceUri} …`);
  const options = { source: config.sourceUri, asOf: null, seed: SEED, force: false, idempotencyKey: null };
  await openRecompute(config, showStep)(options);
}

/** Serves every function on one local port; trains on sample exports first if there is no model. */
export async function main(): Promise<void> {
  const config = readConfig();
  await prepare(config);
  const { server, end } = createGateway(JSON.stringify(openApi(), null, 2));
  server.listen(config.port, config.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new UsageError(
      `${config.host}:${config.port} cannot be listened on (${String(error)}): set PORT to a free port, and HOST to an address of this machine.`,
    );
  }
  const { port } = server.address() as AddressInfo;
  say(`Serving on http://localhost:${port}`);
  for (const { method, path } of OPERATIONS) say(`  ${method.padEnd(4)} ${path}`);
  say(
    isGuarded(config)
      ? 'Profiles and recomputes ask for credentials.'
      : 'Access is open to anyone on this machine: no keys or accounts are configured.',
  );
  endBySignal(end);
}
