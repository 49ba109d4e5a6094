import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '../../scripts/generate.ts';

/** Validators and lexicons are generated: make them before any test imports one. All test folders lie in one. */
export default async function setup(): Promise<() => Promise<void>> {
  await generate();
  const root = await mkdtemp(join(tmpdir(), 'etreprof-test-'));
  process.env['TEST_ROOT'] = root;
  return () => rm(root, { recursive: true, force: true });
}
