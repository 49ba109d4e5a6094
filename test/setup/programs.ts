import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folder } from './folders.ts';

/** How a recorded program answers the calls that match an extended regular expression; the first that fits answers. */
export interface Answer {
  readonly match: RegExp;
  readonly code: number;
  readonly says: string;
  /** Answers so many calls, then leaves them to the next; without it, all. */
  readonly times?: number;
}

/** A shell script, because one starts twenty times faster than Node; words of a call are parted by U+001F. */
function sourceOf(home: string, answers: readonly Answer[]): string {
  const tried = answers.map(({ match, code, says, times }) => {
    const pattern = `'${match.source.replaceAll("'", `'\\''`)}'`;
    const left = times === undefined ? '' : ` && [ $(grep -cE ${pattern} '${home}/lines') -le ${times} ]`;
    return `if printf '%s' "$line" | grep -qE ${pattern}${left}; then printf '%s\n' '${says}' >&2; exit ${code}; fi`;
  });
  const record = [
    `line="$(basename "$0") $*"`,
    `printf '%s\n' "$line" >> '${home}/lines'`,
    `{ printf '%s' "$(basename "$0")"; for word; do printf '\\037%s' "$word"; done; echo; } >> '${home}/calls'`,
  ];
  return ['#!/bin/sh', ...record, ...tried, 'exit 0', ''].join('\n');
}

/** Programs that write down how they were called, and answer as told; whatever is not told succeeds silently. */
export async function recordedPrograms(names: readonly string[], answers: readonly Answer[] = []) {
  const home = await folder();
  const bin = join(home, 'bin');
  await mkdir(bin);
  await writeFile(join(home, 'calls'), '');
  for (const name of names) {
    await writeFile(join(bin, name), sourceOf(home, answers));
    await chmod(join(bin, name), 0o755);
  }
  return {
    /** Environment in which they are found before all others. */
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    /** Every call so far, in order: the program, then its arguments. */
    calls: async (): Promise<string[][]> =>
      (await readFile(join(home, 'calls'), 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\u001f')),
  };
}
