import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

/** A new empty folder; all of them are removed when the tests end. */
export const folder = (): Promise<string> => mkdtemp(join(process.env['TEST_ROOT'] ?? '', 'case-'));
