import { readConfig } from '../shared/config.ts';
import type { RecomputeReply } from '../shared/pipeline/contract.ts';
import { openUsers } from '../shared/storage/open-stores.ts';
import type { RunRecord } from '../shared/storage/users.ts';
import { parse } from './arguments.ts';
import { table } from './figures.ts';

const USAGE = 'npm run runs -- [--json]';

/** A run that ended without a word was killed: a later one had its lease. */
const statusOf = (run: RunRecord, newest: number): string =>
  ['running', 'publishing'].includes(run.status) && run.sequence < newest ? 'killed' : run.status;

function line(run: RunRecord, newest: number): string[] {
  const reply = run['reply'] as Partial<RecomputeReply> | undefined;
  const { moves, cluster_distribution: sizes, quality } = reply ?? {};
  const moved = moves?.matrix.reduce(
    (sum, row, from) => sum + row.reduce((n, count, to) => n + (from === to ? 0 : count), 0),
    0,
  );
  const what = 'rollback_from' in run ? 'rollback' : statusOf(run, newest);
  return [
    run.run_id,
    run.started_at.slice(0, 19).replace('T', ' '),
    what,
    reply?.model_version ?? '–',
    sizes ? Object.values(sizes).join(' / ') : '–',
    quality ? quality.silhouette.toFixed(3) : '–',
    String(moved ?? '–'),
    String(moves?.new_users ?? '–'),
    String(moves?.vanished_users ?? '–'),
    String(reply?.users_written ?? '–'),
    typeof run['error'] === 'string' ? run['error'].slice(0, 80) : '',
  ];
}

/** Lists the runs, newest first. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parse(argv, { json: { type: 'boolean', default: false } }, USAGE);
  const runs = await (await openUsers(readConfig())).runs(0);
  if (values.json) process.stdout.write(JSON.stringify(runs) + '\n');
  else {
    const header = [
      'run',
      'started',
      'what',
      'version',
      'sizes 0 / 1 / 2 / 3',
      'silhouette',
      'moved',
      'new',
      'vanished',
      'written',
      '',
    ];
    table(
      'Runs, newest first',
      header,
      runs.map((run) => line(run, runs[0]?.sequence ?? 0)),
    );
  }
}
