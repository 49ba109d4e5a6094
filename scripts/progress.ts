import type { Step } from '../shared/pipeline/contract.ts';

/** Tells the person at the terminal something, on stderr. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

const WIDTH = 30;

/** Shows how far a task is, on stderr: a bar on a terminal, a line at each quarter elsewhere. */
export function progressBar(label: string): (done: number, of: number) => void {
  let quarter = 0;
  return (done, of) => {
    if (process.stderr.isTTY) {
      const filled = Math.round((WIDTH * done) / of);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      process.stderr.write(`\r${label} ${bar} ${Math.round((100 * done) / of)} %${done === of ? '\n' : ''}`);
    } else if (Math.floor((4 * done) / of) > quarter) {
      quarter = Math.floor((4 * done) / of);
      process.stderr.write(`${label} ${25 * quarter} %\n`);
    }
  };
}

const number = new Intl.NumberFormat('en');

/** Shows a finished step of a recompute, on stderr. */
export function showStep({ name, rows, seconds, figures }: Step): void {
  const others = Object.entries(figures).map(([key, value]) => `, ${key} ${String(value)}`);
  process.stderr.write(
    `${name.padEnd(9)}${number.format(rows).padStart(12)} rows ${seconds.toFixed(2).padStart(7)} s${others.join('')}\n`,
  );
}
