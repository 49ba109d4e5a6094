import type { LexiconData, Signal } from './compile.ts';
import type { Hit } from './lexicon.ts';

/** A label's evidence: every hit that counted for it, and its score. */
export interface Scored {
  readonly label: number;
  /** Sum over its terms of weight × saturated frequency, before calibration; ≥ 0. */
  readonly raw: number;
  readonly terms: readonly {
    readonly phrase: number;
    readonly weight: number;
    readonly gain: number;
    readonly hits: readonly Hit[];
  }[];
}

/** How soon repetition of one term stops adding: the frequency at which it counts half (BM25's k1). */
const SATURATION = 1.2;
/** Length at which the frequency is taken as it is, in words, and how much length matters (BM25's b). */
const TYPICAL_WORDS = 350;
const LENGTH_EFFECT = 0.6;

type Sentences = ReadonlyMap<number, ReadonlySet<number>>;

/** True when the company of a hit lets it count: `unless` looks at its sentence, `requires` at the neighbours as well. */
function counts(signal: Signal, sentences: Sentences, at: number): boolean {
  const has = (phrase: number, ...places: number[]) =>
    places.some((place) => sentences.get(place)?.has(phrase) === true);
  if (signal.unless?.some((phrase) => has(phrase, at))) return false;
  return signal.requires === undefined || signal.requires.some((phrase) => has(phrase, at - 1, at, at + 1));
}

/**
 * Scores every label that has a hit: Σ over its terms of weight × tf ÷ (tf + k), where tf sums what the places of the
 * hits count for and k grows with the length of the text.
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
 * @param wordCount words of the text
 */
export function scoreLabels(hits: readonly Hit[], { phrases }: LexiconData, wordCount: number): Scored[] {
  const sentences = new Map<number, Set<number>>();
  for (const { sentence, phrase } of hits) {
    const found = sentences.get(sentence) ?? new Set();
    sentences.set(sentence, found.add(phrase));
    for (const inner of phrases[phrase]?.holds ?? []) found.add(inner);
  }
  const byLabel = new Map<number, Map<number, { signal: Signal; hits: Hit[] }>>();
  for (const hit of hits) {
    for (const signal of phrases[hit.phrase]?.signals ?? []) {
      if (!counts(signal, sentences, hit.sentence)) continue;
      const terms = byLabel.get(signal.label) ?? new Map<number, { signal: Signal; hits: Hit[] }>();
      const term = terms.get(hit.phrase) ?? { signal, hits: [] };
      term.hits.push(hit);
      byLabel.set(signal.label, terms.set(hit.phrase, term));
    }
  }
  const k = SATURATION * (1 - LENGTH_EFFECT + (LENGTH_EFFECT * wordCount) / TYPICAL_WORDS);
  return [...byLabel].map(([label, terms]) => {
    const scored = [...terms].map(([phrase, term]) => {
      const frequency = term.hits.reduce((sum, hit) => sum + hit.weight, 0);
      const { weight } = term.signal;
      return { phrase, weight, gain: (weight * frequency) / (frequency + k), hits: term.hits };
    });
    return { label, raw: scored.reduce((sum, { gain }) => sum + gain, 0), terms: scored };
  });
}
