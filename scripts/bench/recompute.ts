import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { RecomputeReply } from '../../shared/pipeline/contract.ts';
import { ROOT } from './processes.ts';

/** A whole recompute as a process: its reply, its wall time in seconds and its peak memory in bytes. */
export interface MeasuredRecompute {
  readonly reply: RecomputeReply;
  readonly seconds: number;
  readonly peakBytes: number;
}

/** Runs the recompute command in a process of its own, as the nightly job would. */
export function measureRecompute(source: string, localDir: string): Promise<MeasuredRecompute> {
  const start = performance.now();
  const script = join(ROOT, 'scripts', 'run.ts');
  const argv = [
    '--import',
    'tsx',
    '--import',
    join(ROOT, 'scripts/bench/peak-memory.mjs'),
    script,
    'recompute',
    '--source',
    source,
    '--json',
  ];
  const child = spawn(process.execPath, argv, {
    cwd: ROOT,
    env: { ...process.env, LOCAL_DIR: localDir },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const output: string[] = ['', '', ''];
  [child.stdout, child.stderr, child.stdio[3]].forEach((stream, i) => {
    stream?.on('data', (data: Buffer) => (output[i] += data.toString()));
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(output[1]));
      else {
        resolve({
          reply: JSON.parse(output[0] as string) as RecomputeReply,
          seconds: (performance.now() - start) / 1000,
          peakBytes: Number(output[2]),
        });
      }
    });
  });
}
