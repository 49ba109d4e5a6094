import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fit } from '../../shared/clustering/kmeans.ts';
import type { Matrix } from '../../shared/clustering/matrix.ts';
import { predict } from '../../shared/clustering/predict.ts';
import { fitScaler, scale } from '../../shared/clustering/scaling.ts';
import { RESTARTS, SAMPLE_ROWS } from '../../shared/pipeline/fit.ts';
import { SEED } from '../../shared/pipeline/open.ts';
import { computePopulation } from '../../shared/pipeline/population.ts';
import { read } from '../../shared/pipeline/read.ts';
import { Workbench } from '../../shared/pipeline/workbench.ts';
import { median, seconds, table } from '../figures.ts';

const SKLEARN = `
import sys, time, numpy
from sklearn.cluster import KMeans
points = numpy.fromfile(sys.argv[1]).reshape(-1, int(sys.argv[2]))
times = []
for _ in range(5):
    start = time.perf_counter()
    model = KMeans(n_clusters=4, n_init=10, random_state=0).fit(points)
    times.append(time.perf_counter() - start)
print(sorted(times)[2], model.inertia_)
`;

/** Seconds and inertia of scikit-learn's KMeans(n_init=10) on the same points; null when it is not on the machine. */
function scikitLearn(points: Matrix, folder: string): [seconds: number, inertia: number] | null {
  const file = join(folder, 'points.f64');
  writeFileSync(file, points.values);
  for (const python of ['python3', '/usr/bin/python3']) {
    const run = spawnSync(python, ['-c', SKLEARN, file, String(points.columns)], { encoding: 'utf8' });
    const [time, inertia] = run.stdout?.trim().split(' ').map(Number) ?? [];
    if (run.status === 0 && time !== undefined && inertia !== undefined) return [time, inertia];
  }
  return null;
}

/** Fit and prediction on the sample's users, beside scikit-learn on the same matrix. */
export async function benchFit(exports: string, folder: string): Promise<void> {
  const bench = await Workbench.open('700MB');
  const { counts } = await computePopulation(bench, await read(bench, exports, null, Date.now()));
  await bench.close();
  const points = scale(counts, fitScaler(counts));
  const fits = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const { centroids, inertia } = fit(points, {
      k: 4,
      seed: SEED,
      restarts: RESTARTS,
      sampleRows: SAMPLE_ROWS,
    });
    return { centroids, inertia, seconds: (performance.now() - start) / 1000 };
  });
  const { centroids, inertia } = fits[0] as (typeof fits)[number];
  const ours = median(fits.map((one) => one.seconds));
  const theirs = scikitLearn(points, folder);
  const rows = [
    [
      `ours, ${RESTARTS} starts on ${SAMPLE_ROWS} rows, one refined on all`,
      seconds(ours),
      inertia.toFixed(1),
    ],
  ];
  if (theirs)
    rows.push(['scikit-learn KMeans(n_clusters=4, n_init=10)', seconds(theirs[0]), theirs[1].toFixed(1)]);
  else rows.push(['scikit-learn is not on this machine', '–', '–']);
  table(`Fit of ${points.rows} × ${points.columns}, medians of five`, ['method', 'time', 'inertia'], rows);

  const rounds = 40;
  predict(points, centroids);
  const begin = performance.now();
  for (let round = 0; round < rounds; round++) predict(points, centroids);
  const rate = (rounds * points.rows) / ((performance.now() - begin) / 1000);
  table(
    'Prediction, one core',
    ['', 'users per second'],
    [['nearest of 4 centroids', `${(rate / 1e6).toFixed(1)} million`]],
  );
}
