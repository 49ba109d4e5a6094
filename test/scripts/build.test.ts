import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildAll, externalsOf, GATEWAY } from '../../scripts/build.ts';
import { CloudStorageServer } from '../../scripts/emulators/cloud-storage.ts';
import { freePort } from '../../scripts/ports.ts';
import { cloudEnvironment, firestoreHost } from '../setup/emulators.ts';
import type { Lockfile } from '../../scripts/lock.ts';
import { folder } from '../setup/folders.ts';
import { open, parseRaw, sendRaw } from '../setup/raw.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
let dist: string;
let built: Map<string, Metafile>;
/** Packages that cost much to load. */
const CLIENTS = [
  '@duckdb/node-api',
  '@google-cloud/firestore',
  '@google-cloud/storage',
  'google-auth-library',
];
const running: ChildProcess[] = [];
/** Packages that started functions have loaded, where they were asked to tell. */
const loaded = new Set<string>();

/** What was built, without the server of all. */
const functions = () => [...built].filter(([name]) => name !== GATEWAY);

/** What started functions have written to stdout. */
let output = '';

/** Starts one built function under the stock framework and waits until it says that it listens. */
async function startFunction(name: string, environment: Record<string, string> = {}): Promise<string> {
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
      env: { ...process.env, LOCAL_DIR: await folder(), NODE_ENV: 'development', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  running.push(child);
  output = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (output.includes('URL: ')) resolve();
    });
    child.stderr.on('data', (data: Buffer) => {
      const lines = data.toString().trim().split('\n');
      for (const line of lines) if (line.startsWith('LOADED ')) loaded.add(line.slice('LOADED '.length));
      if (lines.some((line) => !line.startsWith('LOADED '))) reject(new Error(data.toString()));
    });
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
        '.gcloudignore',
        'index.cjs',
        'index.cjs.map',
        'package-lock.json',
        'package.json',
      ]);
      const manifest = JSON.parse(await readFile(join(dist, name, 'package.json'), 'utf8')) as {
        dependencies: Record<string, string>;
      };
      for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
    }
  });

  test.skipIf(spawnSync('gcloud', ['--version']).error)(
    'is uploaded without its map, as gcloud itself says',
    async () => {
      const env = { ...process.env, CLOUDSDK_CONFIG: await folder() };
      const { stdout } = await promisify(execFile)(
        'gcloud',
        ['meta', 'list-files-for-upload', join(dist, 'recompute')],
        { env },
      );
      expect(stdout.trim().split('\n').sort()).toEqual(['index.cjs', 'package-lock.json', 'package.json']);
    },
  );

  test('installs the versions that are tested here: npm accepts its lockfile', async () => {
    const project = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as Lockfile;
    for (const name of ['health', 'recompute', GATEWAY]) {
      const lock = JSON.parse(await readFile(join(dist, name, 'package-lock.json'), 'utf8')) as Lockfile;
      for (const [place, its] of Object.entries(lock.packages))
        if (place !== '') expect(its, place).toEqual(project.packages[place]);
      await promisify(execFile)('npm', ['ci', '--dry-run', '--offline', '--no-audit'], {
        cwd: join(dist, name),
      });
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
    for (const [name, metafile] of functions()) {
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
      if (!['health', 'user-profile', 'recompute'].includes(name))
        expect(inputs, name).not.toContain('shared/storage/local/users.ts');
      expect(inputs, name).not.toMatch(/node_modules\/(ajv|@google-cloud|express)\//);
    }
  });

  test.each([
    ['clusters', '/', {}, []],
    ['user-profile', '/1/profile', {}, []],
    ['health', '/', {}, []],
    ['recompute', '/', { method: 'POST' }, CLIENTS],
  ])(
    '%s loads no client that it does not use, and none before the first request',
    async (name, path, init, used) => {
      loaded.clear();
      const storage = await CloudStorageServer.start();
      const url = await startFunction(name, {
        ...cloudEnvironment(storage, firestoreHost ?? '127.0.0.1:1'),
        NODE_OPTIONS: `--import=${fileURLToPath(new URL('../setup/loaded.mjs', import.meta.url))}`,
      });
      const clients = () => CLIENTS.filter((client) => loaded.has(client));
      expect(loaded.has('express')).toBe(true);
      expect(clients()).toEqual([]);
      await (await fetch(url + path, init)).text();
      storage.stop();
      expect(clients()).toEqual(used);
    },
  );
});

describe('under the stock framework, whatever comes is answered as behind Hosting:', () => {
  const get = (target: string) => `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
  const post = (type: string, body: string) =>
    `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

  test.each<[string, [string, number, string | undefined][]]>([
    [
      'user-profile',
      [
        [get('/1001%ZZ/profile'), 404, 'not_found'],
        [get('/user/1001%ZZ/profile'), 404, 'not_found'],
        [get('/user/1001%2/profile'), 404, 'not_found'],
        [get('/user/1001abc/profile'), 400, 'invalid_request'],
        [get('/favicon.ico'), 404, 'not_found'],
      ],
    ],
    [
      'recommend',
      [
        [get('/%E0%A4%A'), 404, 'not_found'],
        [get('/1?x=%ZZ'), 503, 'model_not_ready'],
        [get('/robots.txt'), 400, 'invalid_request'],
      ],
    ],
    [
      'classify',
      [
        [post('application/json', '{"content": "a'), 400, 'invalid_request'],
        [post('application/x-www-form-urlencoded', 'content=a'), 415, 'unsupported_media_type'],
        [post('text/markdown; charset=utf-16', 'a'), 415, 'unsupported_media_type'],
        [post('application/json', '{"content": "les mathématiques"}'.replace('é', 'e')), 200, undefined],
        ['\u0000garbage\r\n\r\n', 400, 'invalid_request'],
      ],
    ],
    [
      'health',
      [
        [get('http://x'), 200, undefined],
        [get('http://x/'), 200, undefined],
        [get('//'), 200, undefined],
      ],
    ],
  ])('%s', async (name, cases) => {
    const url = await startFunction(name);
    for (const [bytes, status, code] of cases) {
      const reply = parseRaw(await sendRaw(url, bytes));
      expect({ bytes, status: reply.status, code: reply.body['code'] }).toEqual({ bytes, status, code });
      expect(reply.head).toMatch(/^content-type: application\/json/im);
      expect(reply.head).toMatch(/^x-request-id: /im);
    }
    expect(output).not.toMatch(/1001|    at |mathematiques/);
  });

  test('a signal to end lets replies on their way go out', async () => {
    const url = await startFunction('classify');
    const child = running.at(-1) as ChildProcess;
    await sendRaw(url, get('/'));
    const { socket, reply } = open(url);
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/markdown\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n',
    );
    await once(socket, 'data');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const refused = () =>
      fetch(url).then(
        () => false,
        () => true,
      );
    await vi.waitFor(async () => expect(await refused()).toBe(true), { timeout: 10_000 });
    socket.write('maths');
    expect(await reply).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    expect(await exited).toEqual([0, null]);
  });
});
