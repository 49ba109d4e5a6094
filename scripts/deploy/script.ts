import type { Command, Step } from './step.ts';

/** A word as a POSIX shell reads it back. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A command as it would be typed. */
export const typed = ({ program, args }: Command): string => [program, ...args].map(quote).join(' ');

const indented = (commands: readonly Command[]): string[] => commands.map((command) => `  ${typed(command)}`);

function linesOf({ exists, create, update, missing }: Step): string[] {
  if (!exists) return update.map(typed);
  const describe = `${typed(exists)} >/dev/null 2>&1`;
  const otherwise = missing === undefined ? indented(create) : [`  echo ${quote(missing)} >&2`, '  exit 1'];
  return update.length === 0
    ? [`if ! ${describe}; then`, ...otherwise, 'fi']
    : [`if ${describe}; then`, ...indented(update), 'else', ...otherwise, 'fi'];
}

/** The whole plan as a shell script that does what the deployment does. */
export function scriptOf(steps: readonly Step[]): string {
  const parts = steps.map((step) => [`# ${step.why}`, ...linesOf(step)].join('\n'));
  return ['set -e', '# The bundles in dist\nnpm run build', ...parts, ''].join('\n\n');
}
