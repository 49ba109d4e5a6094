import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { parse, typedPath } from './arguments.ts';
import { type Lockfile, lockOf } from './lock.ts';
import { openApi } from './openapi.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Packages left out of the bundles: native code, the framework whose registry must be one, and what few requests need. */
const EXTERNAL = [
  '@google-cloud/functions-framework',
  '@duckdb/node-api',
  '@google-cloud/firestore',
  '@google-cloud/storage',
  'google-auth-library',
];

/** Name of the bundle that serves all functions, as the container image does. */
export const GATEWAY = 'gateway';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Names of all functions: the folders that hold one. */
export const functionNames = async (): Promise<string[]> => (await readdir(join(ROOT, 'functions'))).sort();

/** Packages that a bundle loads at run time. */
export function externalsOf(metafile: Metafile): string[] {
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const packages = imports.filter(
    ({ external, path }) => external && EXTERNAL.some((name) => path.startsWith(name)),
  );
  return [
    ...new Set(packages.map(({ path }) => EXTERNAL.find((name) => path.startsWith(name)) as string)),
  ].sort();
}

/** What `gcloud functions deploy` must not upload. */
const IGNORED = ['.gcloudignore', '*.map', 'node_modules', ''].join('\n');

/** Bundles one entry file into `out/index.cjs`, with its source map beside it and what it is installed by. */
export async function bundle(name: string, entry: string, out: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: join(out, 'index.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    keepNames: true,
    sourcemap: 'external',
    external: EXTERNAL,
    metafile: true,
    logLevel: 'warning',
  });
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const dependencies = Object.fromEntries(
    externalsOf(metafile).map((pkg) => [pkg, manifest.dependencies[pkg] as string]),
  );
  const own = {
    name,
    version: manifest.version,
    private: true,
    main: 'index.cjs',
    engines: { node: '>=20' },
    dependencies,
  };
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as Lockfile;
  await writeFile(join(out, 'package.json'), JSON.stringify(own, null, 2) + '\n');
  await writeFile(join(out, 'package-lock.json'), JSON.stringify(lockOf(own, lock), null, 2) + '\n');
  await writeFile(join(out, '.gcloudignore'), IGNORED);
  return metafile;
}

/** Builds each function into `dist/<name>/`, the server of all into `dist/gateway/`, the API document into `dist/hosting/`. */
export async function buildAll(dist: string): Promise<Map<string, Metafile>> {
  const names = await functionNames();
  const entries = [
    ...names.map((name) => [name, join(ROOT, 'functions', name, 'index.ts')] as const),
    [GATEWAY, join(ROOT, 'scripts', 'serve.ts')] as const,
  ];
  const built = new Map<string, Metafile>();
  for (const [name, entry] of entries) {
    const out = join(dist, name);
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    built.set(name, await bundle(name, entry, out));
  }
  const hosting = join(dist, 'hosting');
  await mkdir(hosting, { recursive: true });
  await writeFile(join(hosting, 'openapi.json'), JSON.stringify(openApi(), null, 2) + '\n');
  return built;
}

/** Builds everything and prints the size of each bundle. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parse(
    argv,
    { out: { type: 'string', default: join(ROOT, 'dist') } },
    'npm run build -- [--out DIR]',
  );
  const built = await buildAll(typedPath(values.out));
  for (const [name, { outputs }] of built) {
    const bytes = Math.max(...Object.values(outputs).map((output) => (output.entryPoint ? output.bytes : 0)));
    process.stderr.write(`${name.padEnd(14)} ${(bytes / 1024).toFixed(0).padStart(6)} KiB\n`);
  }
}
