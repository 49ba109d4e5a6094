import english from '#lexicon/en';
import french from '#lexicon/fr';
import { type Classification, Classifier } from '../shared/classification/classify.ts';
import { readLexicon } from '../shared/classification/compiled.ts';
import { match } from '../shared/classification/lexicon.ts';
import { read } from '../shared/classification/letters.ts';
import { openClassifier } from '../shared/classification/open.ts';
import { tokenize } from '../shared/classification/scan.ts';
import { proseOf } from '../shared/classification/structure.ts';
import { DEFIS, NO_DEFI, THEMES } from '../shared/classification/taxonomy.ts';
import { type Line, parse, typedLines, UsageError, whole } from './arguments.ts';
import {
  accuracy,
  confusion,
  type Judged,
  macroF1,
  peculiar,
  perLabel,
  reliability,
  silenced,
} from './evaluation.ts';
import { table } from './figures.ts';
import { say } from './progress.ts';

const USAGE = 'npm run evaluate -- FILE.jsonl [--misses N]';

/** A labelled text; `themes` are all themes that would be right. */
interface Labelled {
  readonly id: string;
  readonly text: string;
  readonly defi: string;
  readonly themes: readonly string[];
}

function labelled({ number, value }: Line, file: string): Labelled {
  const text = value['text'] ?? value['content'];
  const theme = value['theme'];
  const themes = value['themes'] ?? (typeof theme === 'string' ? [theme] : []);
  if (typeof text !== 'string' || !Array.isArray(themes)) {
    throw new UsageError(`${file}, line ${number}, needs "text", and "defi", "theme" or "themes".`);
  }
  const word = (found: unknown, otherwise: string) =>
    typeof found === 'string' || typeof found === 'number' ? String(found) : otherwise;
  const id = word(value['key'] ?? value['id'], String(number));
  return { id, text, defi: word(value['defi'], NO_DEFI), themes: themes.map((one) => word(one, '')) };
}

const share = (count: number, of: number): number => count / Math.max(1, of);

const percent = (share: number): string => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`);

interface Answered {
  readonly item: Labelled;
  readonly answer: Classification;
}

function show(title: string, judged: readonly Judged[], second: number): void {
  table(
    `${title}: accuracy ${percent(accuracy(judged))}, macro-F1 ${macroF1(judged).toFixed(3)}, among the first two ${percent(second)}`,
    ['label', 'texts', 'answered', 'precision', 'recall', 'F1'],
    perLabel(judged).map(({ label, support, answered, precision, recall, f1 }) => [
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

/** Answers beside the truth, as défis and as themes, and the share whose truth is among the first two. */
function judge(answers: readonly Answered[]) {
  const defis = answers.map(({ item, answer: { defi, confidence } }) => ({
    truth: item.defi,
    answer: defi,
    confidence,
  }));
  const themed = answers.filter(({ item }) => item.themes.length > 0);
  const themes = themed.map(({ item, answer: { theme_id, confidence } }) => {
    const answer = theme_id ?? NO_DEFI;
    return { truth: item.themes.includes(answer) ? answer : (item.themes[0] as string), answer, confidence };
  });
  const secondDefi = answers.filter(({ item, answer }) =>
    answer.defis.length === 0
      ? item.defi === NO_DEFI
      : answer.defis.slice(0, 2).some(({ id }) => id === item.defi),
  );
  const secondTheme = themed.filter(({ item, answer }) =>
    answer.themes.slice(0, 2).some(({ id }) => item.themes.includes(id)),
  );
  return {
    defis,
    themes,
    secondDefi: share(secondDefi.length, answers.length),
    secondTheme: share(secondTheme.length, themed.length),
  };
}

/** Each text classified without the terms that fire in fewer than `others` other texts of the file. */
function unseen(items: readonly Labelled[], others: number): Answered[] {
  const data = { fr: readLexicon(french()), en: readLexicon(english()) };
  const withheld = (language: 'fr' | 'en') => {
    const lexicon = data[language];
    const fired = items.map(({ text }) => {
      const reading = read(text);
      return match(tokenize(reading, proseOf(reading), lexicon.words), lexicon).map(({ phrase }) => phrase);
    });
    return peculiar(
      fired.map((terms) => new Set(terms)),
      others,
    );
  };
  const fr = withheld('fr');
  const en = withheld('en');
  return items.map((item, i) => {
    const without = new Classifier({
      fr: () => silenced(data.fr, fr[i] ?? new Set()),
      en: () => silenced(data.en, en[i] ?? new Set()),
    });
    return { item, answer: without.classify(item.text, { language: 'en' }) };
  });
}

/** How good the answers are with all terms, and without those that one text or a few alone may have brought into the lexicon. */
function showUnseen(items: readonly Labelled[], seen: readonly Answered[]): void {
  const rows = [
    ['with all terms', seen] as const,
    ['without terms that no other text has', unseen(items, 1)] as const,
    ['without terms that at most one other text has', unseen(items, 2)] as const,
  ].map(([name, answers]) => {
    const { defis, themes, secondDefi } = judge(answers);
    const figures = [accuracy(defis), secondDefi, accuracy(themes)].map(percent);
    return [name, figures[0] ?? '', macroF1(defis).toFixed(3), ...figures.slice(1)];
  });
  table(
    'Upper bound and lower estimates for texts that nobody has read (each text judged without what only it, or only few, hold)',
    ['', 'défi', 'macro-F1', 'first two', 'theme'],
    rows,
  );
}

/** Classifies labelled texts and prints how good the answers are. */
export function evaluate(items: readonly Labelled[], classifier: Classifier, misses: number): void {
  const answers: Answered[] = items.map((item) => ({
    item,
    answer: classifier.classify(item.text, { language: 'en' }),
  }));
  const { defis, themes, secondDefi, secondTheme } = judge(answers);
  show('Défi', defis, secondDefi);
  show('Theme (an acceptable one counts as right)', themes, secondTheme);
  showUnseen(items, answers);
  const none = (of: readonly Judged[]) =>
    percent(share(of.filter(({ answer }) => answer === NO_DEFI).length, of.length));
  const silent = defis.filter(({ answer }) => answer === NO_DEFI);
  const rightly = silent.length === 0 ? Number.NaN : accuracy(silent);
  process.stdout.write(
    `\nAnswered none: défi ${none(defis)} (rightly ${percent(rightly)}), theme ${none(themes)}; known are ${DEFIS.length} défis and ${THEMES.length} themes.\n`,
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

/** Says which labels of a file are none of the taxonomy: no answer to their texts can be right. */
function tellUnknown(items: readonly Labelled[]): void {
  const known = new Set<string>([...DEFIS, ...THEMES].map(({ id }) => id).concat(NO_DEFI));
  const unknown = items.flatMap(({ defi, themes }) => [defi, ...themes]).filter((label) => !known.has(label));
  if (unknown.length > 0)
    say(
      `Labels that the taxonomy does not know, so that no answer to them is right: ${[...new Set(unknown)].slice(0, 20).join(', ')}. It knows ${[...known].join(', ')}.`,
    );
}

/** Evaluates the classifier on a file of labelled texts. */
export async function main(argv: string[]): Promise<void> {
  const { positionals, values } = parse(argv, { misses: { type: 'string', default: '10' } }, USAGE, 1);
  const [file] = positionals;
  if (file === undefined) throw new UsageError(`Usage: ${USAGE}`);
  const items = (await typedLines(file)).map((line) => labelled(line, file));
  if (items.length === 0) throw new UsageError(`${file} holds no texts.`);
  tellUnknown(items);
  evaluate(items, openClassifier(), whole('--misses', values.misses, 0));
}
