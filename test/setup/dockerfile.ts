import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

/** A stage of a Dockerfile, built in a folder that stands for the root of its file system. */
interface Stage {
  readonly root: string;
  readonly environment: Record<string, string>;
  folder: string;
  user: string | null;
  command: readonly string[];
}

/** Someone who is not root, as the user `node` of the image is. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

const instructionsOf = (dockerfile: string): [string, string][] =>
  dockerfile
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()]);

/** Files of the project that the build may see: those git would commit, less those a list of `*` and `!name` leaves out. */
function contextOf(project: string): string[] {
  const [all, ...kept] = readFileSync(join(project, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (all !== '*' || kept.some((line) => !/^![\w.-]+$/.test(line)))
    throw new Error('.dockerignore must leave out everything but what it names.');
  const names = new Set(kept.map((line) => line.slice(1)));
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: project,
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((file) => file !== '' && names.has(file.split('/')[0] as string))
    .filter((file) => existsSync(join(project, file)));
}

/**
 * Follows a Dockerfile without a docker engine: each stage becomes a folder in `into`, COPY copies, and RUN runs on this
 * machine in the stage's folder. Base images are taken as given.
 * @returns the last stage
 */
export function followDockerfile(project: string, into: string): Stage {
  const context = contextOf(project);
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  const at = (place: Stage, path: string): string => join(place.root, resolve(place.folder, path));
  const copy = (arguments_: string, its: Stage): void => {
    const words = arguments_.split(/\s+/);
    const flag = (name: string) =>
      words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
    const paths = words.filter((word) => !word.startsWith('--'));
    const target = paths.at(-1) as string;
    const from = flag('from');
    for (const path of paths.slice(0, -1)) {
      const files = context.filter((file) => path === '.' || file === path || file.startsWith(`${path}/`));
      if (from === undefined) {
        if (files.length === 0) throw new Error(`COPY: there is no ${path} in the context.`);
        for (const file of files) {
          const to = join(
            at(its, target),
            path === '.' || target.endsWith('/') ? file : relative(path, file),
          );
          mkdirSync(dirname(to), { recursive: true });
          cpSync(join(project, file), to);
        }
      } else {
        const source = join((stages.get(from) as Stage).root, path);
        cpSync(source, at(its, target), { recursive: true, verbatimSymlinks: true });
      }
    }
    if (flag('chown') !== undefined && isRoot) chownSync(at(its, target), NOBODY, NOBODY);
  };
  for (const [instruction, rest] of instructionsOf(readFileSync(join(project, 'Dockerfile'), 'utf8'))) {
    if (instruction === 'FROM') {
      const name = / AS (\w+)$/.exec(rest)?.[1] ?? 'last';
      stage = { root: join(into, name), environment: {}, folder: '/', user: null, command: [] };
      stages.set(name, stage);
      mkdirSync(stage.root, { recursive: true });
      continue;
    }
    if (!stage) throw new Error(`${instruction} stands before FROM.`);
    if (instruction === 'WORKDIR') {
      stage.folder = rest;
      mkdirSync(at(stage, '.'), { recursive: true });
    } else if (instruction === 'ENV') {
      for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) stage.environment[key] = value;
    } else if (instruction === 'COPY') copy(rest, stage);
    else if (instruction === 'RUN') execFileSync('sh', ['-c', rest], { cwd: at(stage, '.'), stdio: 'pipe' });
    else if (instruction === 'USER') stage.user = rest;
    else if (instruction === 'CMD') stage.command = JSON.parse(rest) as string[];
    else throw new Error(`${instruction} is not known here.`);
  }
  return stage as Stage;
}

/** Starts a stage's command with the image's environment and nothing of ours, as someone who is not root. */
export function runImage(stage: Stage, environment: Record<string, string>): ChildProcess {
  const inside = Object.entries(stage.environment).map(([key, value]) => {
    const path = join(stage.root, value);
    return [key, value.startsWith('/') && existsSync(path) ? path : value];
  });
  // Folders of tests are for their owner alone: let the other user through to the image.
  for (let path = stage.root; path.startsWith(`${tmpdir()}/`); path = dirname(path)) chmodSync(path, 0o755);
  const [program = '', ...args] = stage.command;
  return spawn(program, args, {
    cwd: join(stage.root, stage.folder),
    env: { PATH: process.env['PATH'], ...Object.fromEntries(inside), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot && stage.user !== null ? { uid: NOBODY, gid: NOBODY } : {}),
  });
}
