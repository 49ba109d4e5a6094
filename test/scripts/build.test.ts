import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/bench/processes.ts';
import { buildAll, externalsOf } from '../../scripts/build.ts';
import { folder } from '../setup/folders.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
let dist: string;
let built: Map<string, Metafile>;
const running: ChildProcess[] = [];

/** Starts one built function under the stock framework and waits until it says that it listens. */
async function startFunction(name: string): Promise<string> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      join(MODULES, '@google-cloud/functions-framework/build/src/main.js'),
      `--target=${name}`,
      `--source=${join(dist, name)}`,
      `--port=${port}`,
    ],
    {
      env: { ...process.env, LOCAL_DIR: await folder(), NODE_ENV: 'development' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  running.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => data.toString().includes('Serving function') && resolve());
    child.stderr.on('data', (data: Buffer) => reject(new Error(data.toString())));
    child.on('exit', (code) => reject(new Error(`exit ${code}`)));
  });
  return `http://127.0.0.1:${port}`;
}

beforeAll(async () => {
  dist = join(await folder(), 'dist');
  built = await buildAll(dist);
  await symlink(MODULES, join(dist, '..', 'node_modules'));
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});

describe('each built function', () => {
  test('is one bundled file with its map and a minimal package.json', async () => {
    for (const name of built.keys()) {
      expect((await readdir(join(dist, name))).sort()).toEqual([
        'index.cjs',
        'index.cjs.map',
        'package.json',
      ]);
      const manifest = JSON.parse(await readFile(join(dist, name, 'package.json'), 'utf8')) as {
        dependencies: Record<string, string>;
      };
      for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
    }
  });

  test('is plain ASCII, which loads twice as fast', async () => {
    for (const name of built.keys()) {
      const code = await readFile(join(dist, name, 'index.cjs'));
      expect(
        code.findIndex((byte) => byte > 127),
        name,
      ).toBe(-1);
    }
  });

  test('holds nothing it does not need', () => {
    for (const [name, metafile] of built) {
      const inputs = Object.values(metafile.outputs)
        .flatMap((output) => Object.entries(output.inputs))
        .flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []))
        .join('\n');
      if (name !== 'recompute') {
        expect(inputs, name).not.toMatch(
          /node_modules\/ml-|shared\/pipeline|shared\/features\/(sql|events|people)/,
        );
        expect(externalsOf(metafile), name).toEqual([
          '@google-cloud/functions-framework',
          'google-auth-library',
        ]);
      }
      if (name !== 'classify' && name !== 'recompute')
        expect(inputs, name).not.toContain('shared/classification');
      if (!['user-profile', 'recompute'].includes(name))
        expect(inputs, name).not.toContain('shared/storage/local/users.ts');
      expect(inputs, name).not.toMatch(/node_modules\/(ajv|@google-cloud|express)\//);
    }
  });

  const json = { 'content-type': 'application/json' };
  test.each<[string, string[], RequestInit, number, string | null]>([
    ['health', ['/'], {}, 200, null],
    [
      'classify',
      ['/', '/classify'],
      { method: 'POST', headers: json, body: '{"content":"la dyslexie"}' },
      200,
      null,
    ],
    ['clusters', ['/', '/clusters'], {}, 503, 'model_not_ready'],
    ['recommend', ['/2', '/recommend/2'], {}, 503, 'model_not_ready'],
    ['user-profile', ['/1/profile', '/user/1/profile'], {}, 503, 'model_not_ready'],
    ['recompute', ['/', '/clusters/recompute'], { method: 'POST' }, 422, 'model_rejected'],
  ])(
    '%s starts alone under the functions framework and answers on every path form',
    async (name, paths, init, status, code) => {
      const url = await startFunction(name);
      for (const path of paths) {
        const response = await fetch(url + path, init);
        expect({ path, status: response.status }).toEqual({ path, status });
        expect(((await response.json()) as { code?: string }).code ?? null).toBe(code);
      }
      const prefix = paths[1]?.split('/').slice(0, -1).join('/');
      if (name === 'recommend') expect((await fetch(url + prefix, init)).status).toBe(404);
      const missing = await fetch(`${url}/not/here/at/all`, init);
      expect(missing.status).toBe(404);
      expect(((await missing.json()) as { code: string }).code).toBe('not_found');
    },
  );

  test('answers malformed, wrong and oversized bodies in our JSON, not the framework’s HTML', async () => {
    const url = await startFunction('classify');
    for (const [type, body, status] of [
      ['application/json', '{"content": "a', 400],
      ['application/x-www-form-urlencoded', 'a=%', 415],
      ['application/json; charset=utf-99', '{}', 415],
      ['application/json', JSON.stringify({ content: 'a'.repeat(1_200_000) }), 413],
    ] as const) {
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(await response.json()).toMatchObject({ success: false });
    }
  });
});
