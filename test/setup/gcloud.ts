import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folder } from './folders.ts';

const run = promisify(execFile);

/** What gcloud's own parser says of a command: null when it accepts it. */
export interface Verdict {
  readonly command: string;
  readonly error: string | null;
}

/**
 * Has the installed gcloud parse commands without running them: names, flags, types, and what is required together.
 * It needs neither network nor credentials. Null when gcloud is not on PATH.
 */
export async function parsedByGcloud(commands: readonly string[]): Promise<Verdict[] | null> {
  const home = await folder();
  const file = join(home, 'commands.json');
  await writeFile(file, JSON.stringify(commands.map((command) => ({ command_string: command }))));
  const env = { ...process.env, CLOUDSDK_CONFIG: home, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' };
  try {
    const { stdout } = await run('gcloud', ['meta', 'lint-gcloud-commands', `--commands-file=${file}`], {
      env,
      maxBuffer: 1 << 28,
    });
    const verdicts = JSON.parse(stdout) as { command_string: string; error_message: string | null }[];
    return verdicts.map(({ command_string, error_message }) => ({
      command: command_string,
      error: error_message,
    }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
