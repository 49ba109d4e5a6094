import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { isAllowed, licencesOf, main } from '../../scripts/licences.ts';
import { folder } from '../setup/folders.ts';

describe('npm run licences', () => {
  test.each<[string, boolean]>([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['Apache-2.0 AND MIT', true],
    ['(MIT AND GPL-3.0-only)', false],
    ['AGPL-3.0-or-later', false],
    ['SEE LICENSE IN LICENSE', false],
    ['none', false],
  ])('%s: allowed %s', (expression, allowed) => {
    expect(isAllowed(expression)).toBe(allowed);
  });

  test('counts what is installed in production, wherever it lies, and nothing else', () => {
    const found = licencesOf({
      packages: {
        '': { license: 'UNLICENSED' },
        'node_modules/a': { license: 'MIT' },
        'node_modules/a/node_modules/@scope/b': { license: 'ISC' },
        'node_modules/c': { license: 'MIT' },
        'node_modules/bare': {},
        'node_modules/tool': { license: 'GPL-3.0', dev: true },
      },
    });
    expect(Object.fromEntries(found)).toEqual({ MIT: ['a', 'c'], ISC: ['@scope/b'], none: ['bare'] });
  });

  test('passes for this project, and fails with the package’s name where one is not allowed', async () => {
    const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await expect(main([])).resolves.toBeUndefined();
    const lock = join(await folder(), 'lock.json');
    await writeFile(
      lock,
      JSON.stringify({ packages: { 'node_modules/viral': { license: 'GPL-3.0-only' } } }),
    );
    await expect(main(['--lock', lock])).rejects.toThrow(/viral \(GPL-3\.0-only\)/);
    printed.mockRestore();
  });
});
