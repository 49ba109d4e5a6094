import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** True while a process of this machine lives; one that may not be signalled lives as well. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** A name for this process that tells machine and process, so that a lease whose process died can be told. */
export const processName = (): string => `${hostname()}:${process.pid}:${randomUUID()}`;

/** True when the process of that name was on this machine and lives no more. */
export function isGone(name: string): boolean {
  const [host, pid] = name.split(':');
  return host === hostname() && /^\d+$/.test(pid ?? '') && !isAlive(Number(pid));
}
