import { once } from 'node:events';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeSample } from '../../scripts/sample/export.ts';
import type { End } from '../../shared/http/listen.ts';
import { folder } from './folders.ts';

export interface Api {
  readonly url: string;
  readonly localDir: string;
  readonly server: Server;
  readonly end: End;
  /** The text of a published artifact. */
  readonly artifact: (version: string, name: string) => Promise<string>;
  /** Makes the artifact store fail; returns what mends it. */
  readonly breakArtifacts: () => Promise<() => Promise<void>>;
}

/** Sample exports of so many users, in a new folder. */
export async function sampleExport(users: number, seed = 1): Promise<string> {
  const out = join(await folder(), 'exports');
  await writeSample({ users, seed, out, onProgress: () => undefined });
  return out;
}

/**
 * The whole service on a free loopback port, on stores of its own. The configuration is read from the environment as
 * it is in production; each test file is a process's worth of modules, so it is set once per file.
 */
export async function startApi(environment: Readonly<Record<string, string>> = {}): Promise<Api> {
  const localDir = await folder();
  Object.assign(process.env, { LOCAL_DIR: localDir, REVALIDATE_MS: '0', ...environment });
  const { createGateway } = await import('../../scripts/gateway.ts');
  const { openApi } = await import('../../scripts/openapi.ts');
  const { server, end } = createGateway(JSON.stringify(openApi()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const artifacts = join(localDir, 'artifacts');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    localDir,
    server,
    end,
    artifact: (version, name) => readFile(join(artifacts, 'models', version, name), 'utf8'),
    breakArtifacts: async () => {
      await rename(artifacts, `${artifacts}.away`);
      await writeFile(artifacts, '');
      return async () => {
        await rm(artifacts);
        await rename(`${artifacts}.away`, artifacts);
      };
    },
  };
}
