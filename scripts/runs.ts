import { readConfig } from '../shared/config.ts';
import type { Pointer } from '../shared/clustering/model.ts';
import type { RecomputeReply } from '../shared/pipeline/contract.ts';
import { openArtifactReader } from '../shared/storage/open.ts';
import { openUsers } from '../shared/storage/open-stores.ts';
import type { RunRecord } from '../shared/storage/users.ts';
import { parse } from './arguments.ts';
import { table } from './figures.ts';

const USAGE = 'npm run runs -- [--json]';

const replyOf = (run: RunRecord): Partial<RecomputeReply> => run['reply'] ?? {};

/** A run that ended without a word was killed: a later one had its lease. */
const statusOf = (run: RunRecord, newest: number): string =>
  ['running', 'publishing'].includes(run.status) && run.sequence < newest ? 'killed' : run.status;

/** What each run published, as far as it is told: a rollback's sizes are those of the run that made its version. */
const sizesOf = (runs: readonly RunRecord[]): ReadonlyMap<string, string> =>
  new Map(
    runs.flatMap((run) => {
      const { model_version: version, cluster_distribution: sizes } = replyOf(run);
      return version !== undefined && sizes ? [[version, Object.values(sizes).join(' / ')] as const] : [];
    }),
  );

function line(
  run: RunRecord,
  newest: number,
  served: Pointer | null,
  sizes: ReadonlyMap<string, string>,
): string[] {
  const { moves, quality, model_version: version, users_written: written } = replyOf(run);
  const moved = moves?.matrix.reduce(
    (sum, row, from) => sum + row.reduce((n, count, to) => n + (from === to ? 0 : count), 0),
    0,
  );
  const what = 'rollback_from' in run ? 'rollback' : statusOf(run, newest);
  return [
    run.run_id,
    run.started_at.slice(0, 19).replace('T', ' '),
    what,
    `${run.sequence === served?.sequence ? 'served → ' : ''}${version ?? '–'}`,
    sizes.get(version ?? '') ?? '–',
    quality ? quality.silhouette.toFixed(3) : '–',
    String(moved ?? '–'),
    String(moves?.new_users ?? '–'),
    String(moves?.vanished_users ?? '–'),
    String(written ?? '–'),
    typeof run['error'] === 'string' ? run['error'].slice(0, 80) : '',
  ];
}

/** Lists the runs, newest first. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parse(argv, { json: { type: 'boolean', default: false } }, USAGE);
  const config = readConfig();
  const runs = await (await openUsers(config)).runs(0);
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
    const served = (await openArtifactReader(config).readPointer())?.pointer ?? null;
    const sizes = sizesOf(runs);
    table(
      'Runs, newest first',
      header,
      runs.map((run) => line(run, runs[0]?.sequence ?? 0, served, sizes)),
    );
  }
}
