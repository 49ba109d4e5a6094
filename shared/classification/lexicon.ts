import { type CompiledLexicon, PHRASE } from './compiled.ts';
import type { Tokens } from './scan.ts';

/** A term found in a text: which one, and where. */
export interface Hit {
  readonly phrase: number;
  readonly start: number;
  readonly end: number;
  readonly weight: number;
  readonly sentence: number;
}

/** Most stop words passed over in a row: no sentence has more, and a text of nothing else stays linear. */
const STOP_WORDS_IN_A_ROW = 10;

/**
 * Every term in the tokens; of terms that start at the same word the longest counts, and terms do not overlap. Stop
 * words inside a term are passed over.
 */
export function match(
  { ids, clauses, starts, ends, weights, sentences, count }: Tokens,
  { phrases: { next, check }, stopWords }: CompiledLexicon,
): Hit[] {
  const hits: Hit[] = [];
  for (let first = 0; first < count;) {
    let phrase = 0;
    let last = first;
    let base = PHRASE;
    let passed = 0;
    const clause = clauses[first];
    for (let at = first; at < count && clauses[at] === clause; at++) {
      const id = ids[at] as number;
      if (id === 0) break;
      const cell = base + id;
      if (check[cell] !== id) {
        if (at > first && id <= stopWords && ++passed <= STOP_WORDS_IN_A_ROW) continue;
        break;
      }
      base = next[cell] as number;
      passed = 0;
      if (check[base] === 0) {
        phrase = next[base] as number;
        last = at;
      }
    }
    if (phrase > 0) {
      hits.push({
        phrase: phrase - 1,
        start: starts[first] as number,
        end: ends[last] as number,
        weight: weights[first] as number,
        sentence: sentences[first] as number,
      });
    }
    first = last + 1;
  }
  return hits;
}
