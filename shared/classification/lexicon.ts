import type { LexiconData } from './compile.ts';
import { Words } from './words.ts';
import type { Tokens } from './scan.ts';

/** A term found in a text: which one, and where. */
export interface Hit {
  readonly phrase: number;
  readonly start: number;
  readonly end: number;
  readonly weight: number;
  readonly sentence: number;
}

/** More words than any lexicon has: a node and a word make one number. */
const KEY = 1 << 20;

/** A compiled lexicon of one language, ready to match. */
export class Lexicon {
  readonly words: Words;
  private readonly steps = new Map<number, number>();
  private readonly ending: number[] = [-1];

  constructor(readonly data: LexiconData) {
    this.words = new Words(
      data.forms.flatMap((forms, index) => forms.split(' ').map((form) => [form, index + 1] as const)),
    );
    data.phrases.forEach(({ words }, phrase) => {
      let node = 0;
      for (const word of words) {
        const key = node * KEY + word;
        let next = this.steps.get(key);
        if (next === undefined) {
          next = this.ending.push(-1) - 1;
          this.steps.set(key, next);
        }
        node = next;
      }
      this.ending[node] = phrase;
    });
  }

  /** True for words that are passed over inside phrases: articles, prepositions, pronouns. */
  isStopWord(id: number): boolean {
    return id > 0 && id <= this.data.stopWords;
  }

  /** Every term in the tokens; of terms that start at the same word the longest counts, and terms do not overlap. */
  match(tokens: Tokens): Hit[] {
    const hits: Hit[] = [];
    for (let first = 0; first < tokens.count;) {
      const hit = tokens.ids[first] === 0 ? null : this.longest(tokens, first);
      if (!hit) {
        first++;
        continue;
      }
      hits.push({
        phrase: hit.phrase,
        start: tokens.starts[first] as number,
        end: tokens.ends[hit.last] as number,
        weight: tokens.weights[first] as number,
        sentence: tokens.sentences[first] as number,
      });
      first = hit.last + 1;
    }
    return hits;
  }

  private longest(tokens: Tokens, first: number): { phrase: number; last: number } | null {
    const clause = tokens.clauses[first];
    let node = 0;
    let found: { phrase: number; last: number } | null = null;
    for (let at = first; at < tokens.count && tokens.clauses[at] === clause; at++) {
      const id = tokens.ids[at] as number;
      const next = this.steps.get(node * KEY + id);
      if (next === undefined) {
        if (at > first && this.isStopWord(id)) continue;
        break;
      }
      node = next;
      const phrase = this.ending[node] as number;
      if (phrase >= 0) found = { phrase, last: at };
    }
    return found;
  }
}
