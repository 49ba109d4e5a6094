import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../scripts/gateway.ts';
import { DOCUMENTED } from '../scripts/openapi.ts';
import { ERROR_CATALOGUE } from '../shared/errors.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CORE = ['classification', 'features', 'clustering', 'recommendation'];

const filesUnder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();

/** Imports of every source file, [from, to], own files only. */
async function arrows(): Promise<[string, string][]> {
  const entries = [...filesUnder('functions'), ...filesUnder('shared'), ...filesUnder('scripts')];
  const { metafile } = await build({
    entryPoints: entries.map((file) => join(ROOT, file)),
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'none',
    logLevel: 'silent',
  });
  return Object.entries(metafile.inputs).flatMap(([from, { imports }]) =>
    imports
      .filter(({ external }) => !external)
      .map(({ path }): [string, string] => [from, relative('.', path)]),
  );
}

const room = (file: string): string => {
  const [top = '', second = ''] = file.split('/');
  return top === 'shared' && !second.includes('.') ? second : top;
};

describe('the house', async () => {
  const all = await arrows();
  const between = (from: (file: string) => boolean, to: (file: string) => boolean) =>
    all.filter(([a, b]) => from(a) && to(b));

  test('has the top level that the README shows, and nothing else', () => {
    const allowed = [
      'functions',
      'shared',
      'scripts',
      'test',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'vitest.config.ts',
      'firebase.json',
      'Dockerfile',
      'README.md',
      'node_modules',
      'dist',
    ];
    const found = readdirSync(ROOT).filter((name) => !name.startsWith('.'));
    expect(found.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  test.each(OPERATIONS.map(({ name }) => name))(
    'functions/%s holds the same files as every function',
    (name) => {
      expect(readdirSync(join(ROOT, 'functions', name)).sort()).toEqual([
        'deploy.json',
        'handler.ts',
        'index.ts',
        'schema.ts',
      ]);
      const lines = readFileSync(join(ROOT, 'functions', name, 'index.ts'), 'utf8')
        .trimEnd()
        .split('\n');
      expect(lines.length).toBeLessThanOrEqual(15);
      const deploy = JSON.parse(readFileSync(join(ROOT, 'functions', name, 'deploy.json'), 'utf8')) as {
        access: string;
      };
      expect(deploy.access).toBe(OPERATIONS.find((operation) => operation.name === name)?.access);
    },
  );

  test('every function folder is served and documented', () => {
    const names = readdirSync(join(ROOT, 'functions')).sort();
    expect(OPERATIONS.map(({ name }) => name).sort()).toEqual(names);
    expect(DOCUMENTED.map(({ operation }) => operation.name).sort()).toEqual(names);
  });

  test('arrows point one way: functions → http, pipeline, storage → core → nothing', () => {
    expect(
      between(
        (a) => CORE.includes(room(a)),
        (b) => ['http', 'pipeline', 'storage', 'functions', 'scripts'].includes(room(b)),
      ),
    ).toEqual([]);
    expect(
      between(
        (a) => a.startsWith('shared/'),
        (b) => /^(functions|scripts)\//.test(b),
      ),
    ).toEqual([]);
    expect(
      between(
        (a) => a.startsWith('functions/'),
        (b) => b.startsWith('scripts/'),
      ),
    ).toEqual([]);
    expect(
      between(
        (a) => room(a) === 'storage',
        (b) => ['http', 'pipeline'].includes(room(b)),
      ),
    ).toEqual([]);
    expect(
      between(
        (a) => room(a) === 'http',
        (b) => room(b) === 'pipeline',
      ),
    ).toEqual([]);
  });

  test('functions never import each other', () => {
    expect(
      all.filter(
        ([a, b]) => a.startsWith('functions/') && b.startsWith('functions/') && dirname(a) !== dirname(b),
      ),
    ).toEqual([]);
  });

  test('only the storage room, and the token check, import a cloud SDK; only the pipeline imports DuckDB', () => {
    for (const file of filesUnder('shared')) {
      const source = readFileSync(join(ROOT, file), 'utf8');
      if (/from '@google-cloud\/(storage|firestore)|import\('@google-cloud/.test(source))
        expect(file).toMatch(/^shared\/storage\//);
      if (source.includes("'@duckdb/")) expect(file).toBe('shared/pipeline/workbench.ts');
    }
  });

  test('only config.ts reads the environment', () => {
    for (const file of [...filesUnder('shared'), ...filesUnder('functions')]) {
      if (file !== 'shared/config.ts')
        expect(readFileSync(join(ROOT, file), 'utf8'), file).not.toContain('process.env');
    }
  });

  test('the core knows no clock and no chance', () => {
    for (const file of CORE.flatMap((name) => filesUnder(join('shared', name)))) {
      expect(readFileSync(join(ROOT, file), 'utf8'), file).not.toMatch(
        /Math\.random|Date\.now|new Date\(\)|performance\.|process\./,
      );
    }
  });

  test('no source file is longer than 250 lines', () => {
    for (const file of [...filesUnder('functions'), ...filesUnder('shared'), ...filesUnder('scripts')]) {
      expect(readFileSync(join(ROOT, file), 'utf8').split('\n').length, file).toBeLessThanOrEqual(251);
    }
  });

  test('firebase.json rewrites every public route to its function with region, and never the recompute', () => {
    const { hosting } = JSON.parse(readFileSync(join(ROOT, 'firebase.json'), 'utf8')) as {
      hosting: { rewrites: { source: string; function: { functionId: string; region: string } }[] };
    };
    const expected = OPERATIONS.filter(({ access }) => access !== 'operator').map(({ name, path }) => [
      path.replace(/\{\w+\}/g, '*'),
      name,
    ]);
    expect(hosting.rewrites.map(({ source, function: to }) => [source, to.functionId]).sort()).toEqual(
      expected.sort(),
    );
    for (const rewrite of hosting.rewrites) expect(rewrite.function.region).toBe('europe-west1');
  });

  test('every file and test that the README names is there', () => {
    const named = readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(
      /`((?:test|shared|scripts|functions)\/[\w./-]+\.\w+)`/g,
    );
    for (const [, file = ''] of named) expect(existsSync(join(ROOT, file)), file).toBe(true);
  });

  test('the README names every error code, command and environment variable', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const code of Object.keys(ERROR_CATALOGUE)) expect(readme).toContain(`\`${code}\``);
    const config = readFileSync(join(ROOT, 'shared/config.ts'), 'utf8');
    for (const [, name] of config.matchAll(/(?:env\['|(?:whole|placeOf)\(env, ')([A-Z_0-9]+)'/g))
      expect(readme).toContain(`\`${name}\``);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const commands = Object.keys(scripts);
    expect(commands.filter((name) => !new RegExp(`npm (run )?(--silent )?${name}\\b`).test(readme))).toEqual(
      [],
    );
  });
});
