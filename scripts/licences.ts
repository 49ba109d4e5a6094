import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, parse, typedPath } from './arguments.ts';
import type { Lockfile } from './lock.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Licences that ask for no more than their notice; whatever asks for more has to be decided on by a person. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** True when an SPDX expression can be met by licences that are allowed. */
export function isAllowed(expression: string): boolean {
  const alternatives = expression.replace(/[()]/g, ' ').split(' OR ');
  return alternatives.some((all) => all.split(' AND ').every((licence) => ALLOWED.has(licence.trim())));
}

/** Names of the production packages, by the licence that the lockfile records; `none` where it records none. */
export function licencesOf({ packages }: Lockfile): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [path, { dev = false, license = 'none' }] of Object.entries(packages)) {
    if (path === '' || dev) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    found.set(license, [...new Set([...(found.get(license) ?? []), name])]);
  }
  return new Map([...found].sort(([, a], [, b]) => b.length - a.length));
}

/** Prints the licences of all production packages. @throws CommandError when one is missing or not allowed */
export async function main(argv: string[]): Promise<void> {
  const options = { lock: { type: 'string', default: join(ROOT, 'package-lock.json') } } as const;
  const { values } = parse(argv, options, 'npm run licences -- [--lock FILE]');
  const found = licencesOf(JSON.parse(await readFile(typedPath(values.lock), 'utf8')) as Lockfile);
  for (const [licence, names] of found)
    process.stdout.write(`${licence.padEnd(18)} ${String(names.length).padStart(4)}  ${names.join(' ')}\n`);
  const refused = [...found].filter(([licence]) => !isAllowed(licence));
  if (refused.length > 0) {
    const list = refused.map(([licence, names]) => `${names.join(', ')} (${licence})`).join('; ');
    throw new CommandError(
      `These packages have no licence that is allowed: ${list}. Replace them, or allow the licence in scripts/licences.ts.`,
    );
  }
}
