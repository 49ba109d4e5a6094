import type { CompiledLexicon } from './compiled.ts';
import type { Hit } from './lexicon.ts';

/** A term that counted for a label: what it weighs and adds, and the first place it stands at. */
export interface Term {
  readonly phrase: number;
  readonly weight: number;
  readonly gain: number;
  readonly first: Hit;
}

/** A label's evidence: every term that counted for it, and its score. */
export interface Scored {
  /** Sum over its terms of weight × saturated frequency, before calibration; ≥ 0. */
  raw: number;
  readonly terms: Term[];
}

/** What was found for each label, by its place in LABEL_IDS. */
export type Scores = (Scored | undefined)[];

/** How soon repetition of one term stops adding: the frequency at which it counts half (BM25's k1). */
const SATURATION = 1.2;
/** Length at which the frequency is taken as it is, in words, and how much length matters (BM25's b). */
const TYPICAL_WORDS = 350;
const LENGTH_EFFECT = 0.6;

/** A signal that counted, and what the places of its hits count for in all. */
interface Counted {
  readonly signal: number;
  readonly first: Hit;
  frequency: number;
}

/** The company of hits, looked up only for terms that have a context. */
class Company {
  private readonly phrases = new Map<number, Set<number>>();

  constructor(
    hits: readonly Hit[],
    private readonly lexicon: CompiledLexicon,
  ) {
    const { isCondition, holds, held } = lexicon;
    for (const { sentence, phrase } of hits) {
      if (isCondition[phrase] === 1) this.add(sentence, phrase);
      const end = holds[phrase + 1] as number;
      for (let at = holds[phrase] as number; at < end; at++) this.add(sentence, held[at] as number);
    }
  }

  private add(sentence: number, phrase: number): void {
    const known = this.phrases.get(sentence);
    if (known) known.add(phrase);
    else this.phrases.set(sentence, new Set([phrase]));
  }

  private has(list: number, sentence: number): boolean {
    const { contexts, conditions } = this.lexicon;
    const present = this.phrases.get(sentence);
    if (!present) return false;
    for (let at = contexts[list] as number; at < (contexts[list + 1] as number); at++) {
      if (present.has(conditions[at] as number)) return true;
    }
    return false;
  }

  /** True when it lets a hit count: what cancels is looked for in its sentence, what is required in the neighbours as well. */
  allows(context: number, { sentence }: Hit): boolean {
    const { contexts } = this.lexicon;
    const cancelling = 2 * context;
    const required = cancelling + 1;
    if (this.has(cancelling, sentence)) return false;
    if (contexts[required] === contexts[required + 1]) return true;
    return (
      this.has(required, sentence - 1) || this.has(required, sentence) || this.has(required, sentence + 1)
    );
  }
}

/** Place + 1 of each signal among those counted; all zero between calls, and used again. */
let places = new Uint16Array(4096);

/** The signals of the hits that count in their company, in the order in which they first do. */
function count(hits: readonly Hit[], lexicon: CompiledLexicon): Counted[] {
  const { signals, labelOf, contextOf } = lexicon;
  if (places.length < labelOf.length) places = new Uint16Array(labelOf.length);
  const counted: Counted[] = [];
  let company: Company | null = null;
  for (const hit of hits) {
    const end = signals[hit.phrase + 1] as number;
    for (let signal = signals[hit.phrase] as number; signal < end; signal++) {
      const context = contextOf[signal] as number;
      if (context > 0 && !(company ??= new Company(hits, lexicon)).allows(context, hit)) continue;
      const place = places[signal] as number;
      if (place === 0) places[signal] = counted.push({ signal, first: hit, frequency: hit.weight });
      else (counted[place - 1] as Counted).frequency += hit.weight;
    }
  }
  for (const { signal } of counted) places[signal] = 0;
  return counted;
}

/**
 * Scores every label that has a hit: Σ over its terms of weight × tf ÷ (tf + k), where tf sums what the places of the
 * hits count for and k grows with the length of the text.
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
 * @param wordCount words of the text
 */
export function scoreLabels(hits: readonly Hit[], lexicon: CompiledLexicon, wordCount: number): Scores {
  const { labelOf, weightOf, weights } = lexicon;
  const k = SATURATION * (1 - LENGTH_EFFECT + (LENGTH_EFFECT * wordCount) / TYPICAL_WORDS);
  const scores: Scores = [];
  for (const { signal, first, frequency } of count(hits, lexicon)) {
    const weight = weights[weightOf[signal] as number] as number;
    const gain = (weight * frequency) / (frequency + k);
    const scored = (scores[labelOf[signal] as number] ??= { raw: 0, terms: [] });
    scored.raw += gain;
    scored.terms.push({ phrase: first.phrase, weight, gain, first });
  }
  return scores;
}
