import type { CompiledLexicon } from '../shared/classification/compiled.ts';

/** One text: the label it has, the label it was given, and how sure the answer was. */
export interface Judged {
  readonly truth: string;
  readonly answer: string;
  readonly confidence: number;
}

export interface LabelFigures {
  readonly label: string;
  readonly support: number;
  readonly answered: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Share of right answers. */
export const accuracy = (judged: readonly Judged[]): number =>
  judged.filter(({ truth, answer }) => truth === answer).length / Math.max(1, judged.length);

const labelsOf = (judged: readonly Judged[]): string[] =>
  [...new Set(judged.flatMap(({ truth, answer }) => [truth, answer]))].sort();

/** Precision, recall and F1 of every label that a text has; a label that is only answered has no recall and no F1 of its own. */
export function perLabel(judged: readonly Judged[]): LabelFigures[] {
  return labelsOf(judged).flatMap((label) => {
    const support = judged.filter(({ truth }) => truth === label).length;
    const answered = judged.filter(({ answer }) => answer === label).length;
    const right = judged.filter(({ truth, answer }) => truth === label && answer === label).length;
    if (support === 0) return [];
    const precision = answered === 0 ? 0 : right / answered;
    const recall = right / support;
    return [
      {
        label,
        support,
        answered,
        precision,
        recall,
        f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
      },
    ];
  });
}

/** Mean F1 of the labels that a text has: small labels count as much as large ones. */
export function macroF1(judged: readonly Judged[]): number {
  const labels = perLabel(judged);
  return labels.reduce((sum, { f1 }) => sum + f1, 0) / Math.max(1, labels.length);
}

/** counts[i][j]: texts of label i that were answered j. */
export function confusion(judged: readonly Judged[]): { labels: string[]; counts: number[][] } {
  const labels = labelsOf(judged);
  const counts = labels.map(() => labels.map(() => 0));
  for (const { truth, answer } of judged) {
    const row = counts[labels.indexOf(truth)] as number[];
    row[labels.indexOf(answer)] = (row[labels.indexOf(answer)] as number) + 1;
  }
  return { labels, counts };
}

/** For bands of confidence: how many texts, and the share of right answers of two kinds. */
export function reliability(first: readonly Judged[], second: readonly Judged[]) {
  const bands = [0, 0.2, 0.4, 0.6, 0.8];
  return bands.map((from) => {
    const to = from + 0.2;
    const within = (judged: readonly Judged[]) =>
      judged.filter(({ confidence }) => confidence >= from && (confidence < to || to > 0.99));
    const right = (judged: readonly Judged[]) => (judged.length === 0 ? Number.NaN : accuracy(judged));
    return {
      from,
      to,
      count: within(first).length,
      first: right(within(first)),
      second: right(within(second)),
    };
  });
}

/**
 * For each text, the terms that fire in it and in fewer than `others` other texts: those that may be in the lexicon
 * because somebody had read this very text.
 */
export function peculiar(fired: readonly ReadonlySet<number>[], others: number): ReadonlySet<number>[] {
  const texts = new Map<number, number>();
  for (const terms of fired) for (const term of terms) texts.set(term, (texts.get(term) ?? 0) + 1);
  return fired.map((terms) => new Set([...terms].filter((term) => (texts.get(term) ?? 0) <= others)));
}

/** A place that no label has. */
const NO_LABEL = 255;

/** A lexicon in which some phrases say nothing; every phrase keeps its place. */
export function silenced(lexicon: CompiledLexicon, phrases: ReadonlySet<number>): CompiledLexicon {
  const labelOf = lexicon.labelOf.slice();
  for (const phrase of phrases) labelOf.fill(NO_LABEL, lexicon.signals[phrase], lexicon.signals[phrase + 1]);
  return { ...lexicon, labelOf };
}
