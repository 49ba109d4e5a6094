import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The command line cannot be understood; the message says how it should look. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command was understood but cannot do its work; the message says what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Options and at most so many positionals of a command line. @throws UsageError */
export function parse<T extends NonNullable<ParseArgsConfig['options']>>(
  argv: string[],
  options: T,
  usage: string,
  positionals = 0,
) {
  const parsed = parseOptions(argv, options, usage);
  const extra = parsed.positionals[positionals];
  if (extra !== undefined)
    throw new UsageError(`"${extra}" is too much: a value needs its option.\nUsage: ${usage}`);
  return parsed;
}

function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  argv: string[],
  options: T,
  usage: string,
) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node adds advice on `--` that helps nobody here.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/, 1);
    throw new UsageError(`${sentence}.\nUsage: ${usage}`);
  }
}

/** A whole number ≥ `least`, from what is called `name`. @throws UsageError */
export function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) {
    throw new UsageError(`${name} must be a whole number of at least ${least}, not "${text}".`);
  }
  return value;
}

/** A path as the person who typed it meant it: npm runs scripts in the project's folder, wherever they stood. */
export const typedPath = (path: string): string =>
  /^\w+:\/\//.test(path) ? path : resolve(process.env['INIT_CWD'] ?? process.cwd(), path);

/** Why a file cannot be read, in words. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    ENOTDIR: 'it is a file',
    EACCES: 'it may not be read',
  };
  return code in known ? known[code as keyof typeof known] : String(error);
}

/** The text of a file that a person named. @throws UsageError when it cannot be read */
export async function typedText(path: string): Promise<string> {
  try {
    return await readFile(typedPath(path), 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${whyUnreadable(error)}.`);
  }
}

/** A line of a file of JSON lines, and its number. */
export interface Line {
  readonly number: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** The lines of a file that a person named, blank ones left out. @throws UsageError naming the line that is no JSON */
export async function typedLines(path: string): Promise<Line[]> {
  const lines = (await typedText(path)).split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [{ number: index + 1, value: JSON.parse(line) as Record<string, unknown> }];
    } catch {
      throw new UsageError(`${path}, line ${index + 1}, is not JSON: it must hold lines of {"text": …}.`);
    }
  });
}
