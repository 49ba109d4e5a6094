import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/ports.ts';
import { OPERATIONS } from '../../scripts/gateway.ts';
import { sampleExport } from '../setup/api.ts';
import { followDockerfile, runImage } from '../setup/dockerfile.ts';
import { folder } from '../setup/folders.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

// Its steps install packages anew, which takes half a minute and a registry.
const wanted = process.env['REQUIRE_EMULATORS'] !== undefined;
if (!wanted)
  process.stderr.write('SKIPPED: the image is built only where REQUIRE_EMULATORS is set, as in .ci/run.\n');

describe.runIf(wanted)('the container image, its Dockerfile followed step by step', () => {
  let image: ReturnType<typeof followDockerfile>;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    image = followDockerfile(ROOT, await folder());
    await cp(await sampleExport(800), join(image.root, 'data', 'exports'), { recursive: true });
  }, 300_000);

  afterEach(async () => {
    await Promise.all(running.splice(0).map((child) => stop(child)));
  });

  /** Ends a process as a platform does; its exit code. */
  async function stop(child: ChildProcess): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    return child.exitCode;
  }

  /** Starts the image, and waits until it answers. */
  async function start(environment: Record<string, string>): Promise<string> {
    const port = await freePort();
    const child = runImage(image, { ...environment, PORT: String(port) });
    running.push(child);
    let printed = '';
    child.stderr?.on('data', (data: Buffer) => (printed += data.toString()));
    const url = `http://127.0.0.1:${port}`;
    while (child.exitCode === null) {
      const answered = await fetch(url).then(
        () => true,
        () => false,
      );
      if (answered) return url;
      await pause(50);
    }
    throw new Error(`The image ended with ${child.exitCode}: ${printed}`);
  }

  test('holds what production needs and nothing of development, source or tests', async () => {
    expect((await readdir(join(image.root, 'app'))).sort()).toEqual(['container.sh', 'dist', 'node_modules']);
    expect((await readdir(join(image.root, 'app', 'dist'))).sort()).toEqual(
      [...OPERATIONS.map(({ name }) => name), 'gateway', 'hosting'].sort(),
    );
    expect((await readdir(join(image.root, 'app', 'dist', 'gateway'))).sort()).toEqual([
      '.gcloudignore',
      'index.cjs',
      'package-lock.json',
      'package.json',
    ]);
    const packages = await readdir(join(image.root, 'app', 'node_modules'));
    for (const name of ['typescript', 'vitest', 'esbuild', 'tsx', 'prettier', 'oxlint'])
      expect(packages).not.toContain(name);
  });

  test('trains at the first start and serves all functions, as someone who is not root', async () => {
    expect(image.user).toBe('node');
    const url = await start({});
    const clusters = (await (await fetch(`${url}/clusters`)).json()) as { total_users: number };
    expect(clusters.total_users).toBe(800);
    for (const path of ['/', '/recommend/2', '/openapi.json'])
      expect({ path, status: (await fetch(url + path)).status }).toEqual({ path, status: 200 });
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"content":"la dyslexie"}',
    };
    expect((await fetch(`${url}/classify`, init)).status).toBe(200);
    expect(await stop(running[0] as ChildProcess)).toBe(0);
  });

  test.each(['clusters', 'health', 'recompute'])(
    'runs %s alone when FUNCTION_TARGET names it',
    async (name) => {
      const url = await start({ FUNCTION_TARGET: name });
      const { status } = await fetch(url, { method: 'OPTIONS' });
      expect(status).toBeLessThan(500);
      expect((await fetch(`${url}/not/here/at/all`)).status).toBe(404);
    },
  );
});
