import { describe, expect, test } from 'vitest';
import { lockOf } from '../../scripts/lock.ts';

const project = {
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0', dependencies: { b: '^2', c: '1' } },
    'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { c: '1', d: '1' } },
    'node_modules/b': { version: '1.0.0' },
    'node_modules/c': { version: '1.0.0', peerDependencies: { a: '1' } },
    'node_modules/d': { version: '1.0.0', optionalDependencies: { absent: '1' } },
    'node_modules/unused': { version: '1.0.0' },
  },
};

describe('the lockfile of a bundle', () => {
  const placesOf = (dependencies: Record<string, string>) => {
    const lock = lockOf({ name: 'x', version: '1.0.0', dependencies }, project) as { packages: object };
    return Object.keys(lock.packages);
  };

  test('holds what its packages reach, each where Node finds it, and nothing else', () => {
    expect(placesOf({ a: '1.0.0' })).toEqual([
      '',
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
      'node_modules/d',
    ]);
    expect(placesOf({ b: '1.0.0' })).toEqual(['', 'node_modules/b']);
    expect(placesOf({})).toEqual(['']);
  });
});
