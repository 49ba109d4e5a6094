import { randomUUID } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, isMissing, jsonOf, namesIn, readOrNull, replaceFile } from './files.ts';

/**
 * A value on disk that changes by compare-and-swap: a folder of numbered files of which the highest counts.
 * The next number is made with a hard link, which fails if it is taken: of several writers exactly one wins,
 * without a lock that a killed process could leave behind.
 */
export class Cell<T> {
  constructor(private readonly folder: string) {}

  /** The file of value `number`. */
  path(number: number): string {
    return join(this.folder, `${number}.json`);
  }

  private async numbers(): Promise<number[]> {
    const names = await namesIn(this.folder);
    return names
      .flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => b - a);
  }

  /** The newest value and its number, or null when nothing was ever written. */
  async read(): Promise<{ number: number; value: T } | null> {
    for (;;) {
      const [number] = await this.numbers();
      if (number === undefined) return null;
      const bytes = await readOrNull(this.path(number));
      // A file that went away between the two looks was superseded: look again.
      if (bytes) return { number, value: jsonOf(this.path(number), bytes) as T };
    }
  }

  /** Writes value number `number`; false when that number, or a later one, is there already. */
  async write(number: number, value: T): Promise<boolean> {
    const [newest = 0] = await this.numbers();
    if (newest >= number) return false;
    if (!(await createFile(this.path(number), JSON.stringify(value)))) return false;
    for (const old of await this.numbers()) {
      if (old < number - 1) await rm(this.path(old), { force: true });
    }
    return true;
  }

  /**
   * Milliseconds since value `number` was written, by the clock of the disk: on a network another machine's than ours.
   * Negative when the clock was set back since; endless when the value was superseded.
   */
  async age(number: number): Promise<number> {
    const probe = join(this.folder, `.${randomUUID()}.now`);
    try {
      await writeFile(probe, '');
      return (await stat(probe)).mtimeMs - (await stat(this.path(number))).mtimeMs;
    } catch (error) {
      if (isMissing(error)) return Number.POSITIVE_INFINITY;
      throw error;
    } finally {
      await rm(probe, { force: true });
    }
  }

  /** Replaces value `number`, whose writer alone may do so; false when a newer one is there. */
  async rewrite(number: number, value: T): Promise<boolean> {
    await replaceFile(this.path(number), JSON.stringify(value));
    const [newest] = await this.numbers();
    return newest === number;
  }
}
