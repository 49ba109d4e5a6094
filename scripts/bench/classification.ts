import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openClassifier } from '../../shared/classification/open.ts';
import { median, milliseconds, table, times } from '../figures.ts';
import { ROOT } from './processes.ts';

const ROUNDS = 15;

const SKLEARN = `
import json, sys, time
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
texts = [row["text"] for row in rows]
labels = [row["label"] for row in rows]
model = make_pipeline(TfidfVectorizer(strip_accents="unicode", ngram_range=(1, 2), sublinear_tf=True), LinearSVC()).fit(texts, labels)
best = 1e9
for _ in range(10):
    start = time.perf_counter()
    model.predict(texts)
    best = min(best, time.perf_counter() - start)
print(best)
`;

interface Labelled {
  readonly text: string;
  readonly label: string;
}

/** Texts to measure on: a file of labelled texts, or the project's own English ones, made as long as real contents. */
function textsOf(given: string | undefined): Labelled[] {
  const lines = given ?? readFileSync(join(ROOT, 'test/classification/english.jsonl'), 'utf8');
  const rows = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
  const texts = rows.map((row) => ({ text: row['text'] ?? row['content'] ?? '', label: row['defi'] ?? '' }));
  if (given !== undefined) return texts;
  return Array.from({ length: 150 }, (_, i) => ({
    text: Array.from({ length: 9 }, (__, j) => texts[(i * 7 + j) % texts.length]?.text ?? '').join('\n\n'),
    label: texts[i % texts.length]?.label ?? '',
  }));
}

/** Seconds scikit-learn's TF-IDF and linear SVM take to predict the texts; null when it is not on the machine. */
function scikitLearn(texts: readonly Labelled[], folder: string): number | null {
  const file = join(folder, 'texts.jsonl');
  writeFileSync(file, texts.map((row) => JSON.stringify(row)).join('\n'));
  for (const python of ['python3', '/usr/bin/python3']) {
    const run = spawnSync(python, ['-c', SKLEARN, file], {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    if (run.status === 0) return Number(run.stdout);
  }
  return null;
}

/** Characters and texts per second, warm, on one core, and how time grows with length. */
export function benchClassification(folder: string, lines: string | undefined): void {
  const texts = textsOf(lines);
  const characters = texts.reduce((sum, { text }) => sum + text.length, 0);
  const classifier = openClassifier();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (const { text } of texts) classifier.classify(text, { language: 'en' });
    return (performance.now() - start) / 1000;
  });
  const ours = median(rounds.slice(3));
  const theirs = scikitLearn(texts, folder);
  const row = (name: string, seconds: number) => [
    name,
    `${(characters / seconds / 1e6).toFixed(1)} million`,
    (texts.length / seconds).toFixed(0),
    theirs === null ? '–' : times(theirs / seconds),
  ];
  const rows = [row('ours, with evidence', ours)];
  if (theirs === null) rows.push(['scikit-learn is not on this machine', '–', '–', '–']);
  else rows.push(row('scikit-learn TF-IDF and linear SVM', theirs));
  table(
    `Classification of ${texts.length} texts, ${characters} characters`,
    ['', 'characters/s', 'texts/s', 'to scikit-learn'],
    rows,
  );
  const long = Array.from({ length: 400 }, (_, i) => texts[i % texts.length]?.text ?? '').join('\n\n');
  const sizes = [1, 10, 100, 200].map((kilobytes) => {
    const text = long.slice(0, kilobytes * 1000);
    const taken = Array.from({ length: 9 }, () => {
      const start = performance.now();
      classifier.classify(text, { language: 'en' });
      return performance.now() - start;
    });
    return [`${kilobytes} kB`, milliseconds(median(taken))];
  });
  table('Time by length', ['text', 'median'], sizes);
}
