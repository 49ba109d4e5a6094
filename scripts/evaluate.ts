import { readFile } from 'node:fs/promises';
import { type Classification, type Classifier } from '../shared/classification/classify.ts';
import { openClassifier } from '../shared/classification/open.ts';
import { DEFIS, NO_DEFI, THEMES } from '../shared/classification/taxonomy.ts';
import { parse, typedPath, UsageError } from './arguments.ts';
import { accuracy, confusion, type Judged, perLabel, reliability } from './evaluation.ts';
import { table } from './figures.ts';

const USAGE = 'npm run evaluate -- FILE.jsonl [--misses N]';

/** A labelled text; `themes` are all themes that would be right. */
interface Labelled {
  readonly id: string;
  readonly text: string;
  readonly defi: string;
  readonly themes: readonly string[];
}

function labelled(line: string, number: number): Labelled {
  const value = JSON.parse(line) as Record<string, unknown>;
  const text = value['text'] ?? value['content'];
  const theme = value['theme'];
  const themes = value['themes'] ?? (typeof theme === 'string' ? [theme] : []);
  if (typeof text !== 'string' || !Array.isArray(themes)) {
    throw new UsageError(`Line ${number} needs "text", and "defi", "theme" or "themes".`);
  }
  const word = (found: unknown, otherwise: string) =>
    typeof found === 'string' || typeof found === 'number' ? String(found) : otherwise;
  const id = word(value['key'] ?? value['id'], String(number));
  return { id, text, defi: word(value['defi'], NO_DEFI), themes: themes.map((one) => word(one, '')) };
}

const percent = (share: number): string => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`);

interface Answered {
  readonly item: Labelled;
  readonly answer: Classification;
}

function show(title: string, judged: readonly Judged[], second: number): void {
  const labels = perLabel(judged);
  const macro = labels.reduce((sum, { f1 }) => sum + f1, 0) / labels.length;
  table(
    `${title}: accuracy ${percent(accuracy(judged))}, macro-F1 ${macro.toFixed(3)}, among the first two ${percent(second)}`,
    ['label', 'texts', 'answered', 'precision', 'recall', 'F1'],
    labels.map(({ label, support, answered, precision, recall, f1 }) => [
      label,
      String(support),
      String(answered),
      percent(precision),
      percent(recall),
      f1.toFixed(3),
    ]),
  );
  const { labels: names, counts } = confusion(judged);
  table(
    `${title}: confusion, true label by row, answer by column`,
    ['', ...names.map((_, i) => String(i))],
    names.map((name, i) => [`${i} ${name}`, ...names.map((__, j) => String(counts[i]?.[j] || '·'))]),
  );
}

const share = (count: number, of: number): number => count / Math.max(1, of);

/** Classifies labelled texts and prints how good the answers are. */
export function evaluate(items: readonly Labelled[], classifier: Classifier, misses: number): void {
  const answers: Answered[] = items.map((item) => ({
    item,
    answer: classifier.classify(item.text, { language: 'en' }),
  }));
  const defis = answers.map(({ item, answer }) => ({
    truth: item.defi,
    answer: answer.defi,
    confidence: answer.confidence,
  }));
  const themed = answers.filter(({ item }) => item.themes.length > 0);
  const themes = themed.map(({ item, answer }) => {
    const found = answer.theme_id ?? NO_DEFI;
    return {
      truth: item.themes.includes(found) ? found : (item.themes[0] as string),
      answer: found,
      confidence: answer.confidence,
    };
  });
  const secondDefi = answers.filter(({ item, answer }) =>
    answer.defis.length === 0
      ? item.defi === NO_DEFI
      : answer.defis.slice(0, 2).some(({ id }) => id === item.defi),
  );
  const secondTheme = themed.filter(({ item, answer }) =>
    answer.themes.slice(0, 2).some(({ id }) => item.themes.includes(id)),
  );
  show('Défi', defis, share(secondDefi.length, answers.length));
  show('Theme (an acceptable one counts as right)', themes, share(secondTheme.length, themed.length));
  const none = (of: readonly Judged[]) =>
    percent(share(of.filter(({ answer }) => answer === NO_DEFI).length, of.length));
  process.stdout.write(
    `\nAnswered none: défi ${none(defis)}, theme ${none(themes)}; known are ${DEFIS.length} défis and ${THEMES.length} themes.\n`,
  );
  table(
    'Reliability: of answers by confidence, how many défis and themes are right',
    ['confidence', 'texts', 'défi right', 'theme right'],
    reliability(defis, themes).map(({ from, to, count, first, second }) => [
      `${from.toFixed(1)}–${to.toFixed(1)}`,
      String(count),
      percent(first),
      percent(second),
    ]),
  );
  const wrong = answers
    .filter(({ item, answer }) => item.defi !== answer.defi)
    .sort((a, b) => b.answer.confidence - a.answer.confidence)
    .slice(0, misses);
  process.stdout.write('\nWorst misses\n');
  for (const { item, answer } of wrong) {
    const terms = answer.evidence.filter(({ label }) => label === answer.defi).map(({ term }) => term);
    process.stdout.write(
      `${item.id}: ${answer.defi} (${answer.confidence}) for ${item.defi}, because of: ${terms.join(', ') || 'nothing'}\n`,
    );
  }
}

/** Evaluates the classifier on a file of labelled texts. */
export async function main(argv: string[]): Promise<void> {
  const { positionals, values } = parse(argv, { misses: { type: 'string', default: '10' } }, USAGE);
  const [file] = positionals;
  if (file === undefined) throw new UsageError(`Usage: ${USAGE}`);
  const lines = (await readFile(typedPath(file), 'utf8')).split('\n');
  const items = lines.flatMap((line, i) => (line.trim() === '' ? [] : [labelled(line, i + 1)]));
  evaluate(items, openClassifier(), Number(values.misses));
}
