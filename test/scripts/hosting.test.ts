import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../scripts/gateway.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Rewrite {
  readonly source: string;
  readonly function: { readonly functionId: string; readonly region: string };
}

interface FirebaseConfig {
  readonly hosting: {
    readonly rewrites: readonly Rewrite[];
    readonly headers: readonly {
      readonly source: string;
      readonly headers: readonly { readonly key: string; readonly value: string }[];
    }[];
  };
  readonly firestore: { readonly rules: string };
  readonly storage: { readonly rules: string };
  readonly emulators: Readonly<Record<string, { readonly port?: number } | boolean>>;
}

const config = JSON.parse(readFileSync(join(ROOT, 'firebase.json'), 'utf8')) as FirebaseConfig;

/** Hosting's globs as they are used here: `**` takes any path, `*` one part of it. */
function fits(glob: string, path: string): boolean {
  const pattern = glob
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/]+'));
  return new RegExp(`^${pattern}$`).test(path);
}

/** The function that Hosting sends a path to: the first rewrite that fits; a file of that name goes before. */
const reached = (path: string): string | null =>
  config.hosting.rewrites.find(({ source }) => fits(source, path))?.function.functionId ?? null;

describe('Hosting', () => {
  test.each(OPERATIONS.filter(({ access }) => access !== 'operator').map(({ name, path }) => [path, name]))(
    'sends %s to %s',
    (path, name) => {
      expect(reached(path.replace(/\{\w+\}/g, '12'))).toBe(name);
    },
  );

  test.each([
    '/clusters/recompute',
    '/recompute',
    '/clusters/recompute/',
    '/clusters/x',
    '//clusters/recompute',
  ])('sends %s to no function', (path) => {
    expect(reached(path)).toBeNull();
  });

  test('never reaches the recompute, whatever the path', () => {
    expect(config.hosting.rewrites.map(({ function: to }) => to.functionId)).not.toContain('recompute');
  });

  test('serves the API document for a minute, with security headers', () => {
    const [{ source, headers } = { source: '', headers: [] }] = config.hosting.headers;
    expect(source).toBe('/openapi.json');
    expect(Object.fromEntries(headers.map(({ key, value }) => [key, value]))).toMatchObject({
      'Cache-Control': 'public, max-age=60',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': expect.stringContaining("default-src 'none'") as string,
    });
  });
});

describe('firebase.json', () => {
  test('names rules that are there and let nobody in', () => {
    for (const file of [config.firestore.rules, config.storage.rules]) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      const conditions = readFileSync(join(ROOT, file), 'utf8').match(/allow .*/g);
      expect(conditions).toEqual(['allow read, write: if false;']);
    }
  });

  test('gives each emulator a port of its own, none of them the local server’s', () => {
    const ports = Object.values(config.emulators).flatMap((its) =>
      typeof its === 'object' && its.port !== undefined ? [its.port] : [],
    );
    expect(Object.keys(config.emulators)).toEqual(
      expect.arrayContaining(['hosting', 'functions', 'firestore', 'storage']),
    );
    expect(new Set([...ports, 8080]).size).toBe(5);
  });
});
