import { spawn } from 'node:child_process';
import { CommandError } from '../arguments.ts';
import { typed } from './script.ts';
import type { Command, Step } from './step.ts';

/** How a command ended. */
export interface Outcome {
  readonly ok: boolean;
  /** What it printed, both streams. */
  readonly output: string;
}

/** What carries a plan out. */
export interface Hands {
  /** Runs a command; `quiet` keeps what it prints from the terminal. */
  readonly run: (command: Command, quiet: boolean) => Promise<Outcome>;
  readonly say: (text: string) => void;
  /** Waits until what was changed has spread in the cloud. */
  readonly settle: () => Promise<void>;
}

const NOT_THERE = /not[ _]found|does not exist|\b404\b/i;
const NOT_ALLOWED = /permission[ _]denied|\b403\b|or it may not exist/i;

/** New accounts and interfaces take some seconds to be known everywhere. */
const NOT_KNOWN_YET = /service account \S+ does not exist|has not been used in project|SERVICE_DISABLED/i;
const PATIENCE = 6;

function failure(step: Step, command: Command, output: string): CommandError {
  const said = output.trim().split('\n').slice(-5).join('\n');
  return new CommandError(
    `Stopped at "${step.why}": ${command.program} failed.\n${said}\n${step.advice} Then deploy again: what is done already is left as it is.`,
  );
}

/** Runs a command, again and again while what it needs is not known everywhere. */
async function attempt(command: Command, quiet: boolean, { run, say, settle }: Hands): Promise<Outcome> {
  say(`  $ ${typed(command)}`);
  for (let times = 1; ; times++) {
    const outcome = await run(command, quiet);
    if (outcome.ok || times === PATIENCE || !NOT_KNOWN_YET.test(outcome.output)) return outcome;
    say('  Not known everywhere yet: trying again …');
    await settle();
  }
}

/** Whether a step's thing is there. @throws CommandError when that cannot be told */
async function isThere(step: Step, exists: Command, hands: Hands): Promise<boolean> {
  const { ok, output } = await attempt(exists, true, hands);
  if (!ok && (NOT_ALLOWED.test(output) || !NOT_THERE.test(output))) throw failure(step, exists, output);
  return ok;
}

/**
 * Carries a plan out, step by step; safe to run again.
 * @throws CommandError at the first command that fails, saying what to do
 */
export async function execute(steps: readonly Step[], hands: Hands): Promise<void> {
  for (const [index, step] of steps.entries()) {
    hands.say(`[${index + 1}/${steps.length}] ${step.why}`);
    const there = step.exists ? await isThere(step, step.exists, hands) : true;
    if (!there && step.missing !== undefined) throw new CommandError(step.missing);
    for (const command of there ? step.update : step.create) {
      const { ok, output } = await attempt(command, false, hands);
      if (!ok) throw failure(step, command, output);
    }
  }
}

/** Runs a program of PATH in a folder, without input; all it prints goes to our stderr as well, unless quiet. */
export function runIn(folder: string, env: NodeJS.ProcessEnv = process.env): Hands['run'] {
  return ({ program, args }, quiet) =>
    new Promise((resolve) => {
      const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      const take = (data: Buffer): void => {
        output += data.toString();
        if (!quiet) process.stderr.write(data);
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.once('error', (error) => resolve({ ok: false, output: String(error) }));
      child.once('close', (code) => resolve({ ok: code === 0, output }));
    });
}
