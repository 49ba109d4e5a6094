import { WORD, type Words } from './compiled.ts';
import { ALPHABET, GAP, INVISIBLE, marksOf, pairOf } from './fold.ts';
import type { Reading } from './letters.ts';
import type { Span } from './structure.ts';

/** The words of a text, one entry each in arrays that run side by side. */
export interface Tokens {
  count: number;
  /** Id of the word, 0 when it is unknown. */
  ids: Int32Array;
  starts: Int32Array;
  ends: Int32Array;
  /** What the word counts for, by where it stands. */
  weights: Float32Array;
  /** Number of the clause it stands in: phrases do not reach over a mark of punctuation. */
  clauses: Int32Array;
  /** Number of the sentence it stands in. */
  sentences: Int32Array;
}

const APOSTROPHE = marksOf("'’ʼ‘＇");
const INCLUSIVE_MARK = marksOf('·•‧.-(');
/**
 * Endings that inclusive writing adds after a mark: enseignant·e·s, formateur-trice, étudiant(e)s. Escaped, since one
 * character outside ASCII in a bundle makes all of it slower to load.
 */
const INCLUSIVE_ENDING =
  /[\u00b7\u2022\u2027.(-](?:e|ne|le|te|ve|se|\u00e8re|ere|rice|trice|euse|esse|s)\)?(?:[\u00b7\u2022\u2027.-]?s)?(?![\p{L}\p{N}])/uy;

/** Letters that such an ending starts with, without their accents: a bit for each folded code. */
const ENDING_STARTS = bits('enltvrs');

/** What an apostrophe ends: l', d', qu', jusqu', lorsqu' … */
const ELIDED = /^(?:qu|jusqu|lorsqu|puisqu|quoiqu|presqu|quelqu)$/i;
const ELIDED_LETTERS = bits('cdjlmnst');
const LONGEST_ELIDED = 7;

function bits(letters: string): number {
  return [...letters].reduce((sum, letter) => sum | (1 << (letter.charCodeAt(0) & 31)), 0);
}

/** What a mark between words ends. */
const SENTENCE_END = marksOf('.!?;');
const CLAUSE_END = marksOf(',:()[]…«»–—/');
const LINE_END = marksOf('\n');
const ENDS_SOMETHING = SENTENCE_END.map((yes, code) => yes | (CLAUSE_END[code] ?? 0) | (LINE_END[code] ?? 0));

const make = (capacity: number): Tokens => ({
  count: 0,
  ids: new Int32Array(capacity),
  starts: new Int32Array(capacity),
  ends: new Int32Array(capacity),
  weights: new Float32Array(capacity),
  clauses: new Int32Array(capacity),
  sentences: new Int32Array(capacity),
});

/** The arrays of the last text, used again for the next: clearing new ones would cost as much as reading the text. */
let scratch = make(4096);

function empty(capacity: number): Tokens {
  if (scratch.ids.length < capacity) scratch = make(capacity);
  scratch.count = 0;
  return scratch;
}

/** True when an article or pronoun before an apostrophe is no part of the word that follows. */
function isElided(text: string, from: number, to: number): boolean {
  const last = text.charCodeAt(to - 1);
  if (to - from === 1) return last > 64 && last < 128 && ((ELIDED_LETTERS >>> (last & 31)) & 1) === 1;
  const endsInU = last === 0x75 || last === 0x55;
  return endsInU && to - from <= LONGEST_ELIDED && ELIDED.test(text.slice(from, to));
}

/** Where the ending of inclusive writing that starts at a mark ends, or where it starts when there is none. */
function inclusiveEnd({ text, codes }: Reading, at: number, end: number): number {
  const code = codes[at + 1] as number;
  if (code > 26 || ((ENDING_STARTS >>> code) & 1) === 0 || INCLUSIVE_MARK[codes[at] as number] === 0)
    return at;
  INCLUSIVE_ENDING.lastIndex = at;
  const ending = INCLUSIVE_ENDING.exec(text);
  return ending && at + ending[0].length <= end ? at + ending[0].length : at;
}

/**
 * Cuts the prose of a text into words. Case, accents and ligatures are folded on the fly; elided articles and the
 * endings of inclusive writing are no part of the word looked up, but stay in its offsets.
 * @returns arrays that the next call uses again
 */
export function tokenize(reading: Reading, spans: readonly Span[], { next, check }: Words): Tokens {
  const { text, codes } = reading;
  const tokens = empty(Math.ceil(text.length / 2) + 1);
  const { ids, starts, ends, weights, clauses, sentences } = tokens;
  let count = 0;
  let clause = 0;
  let sentence = 0;
  let newlines = 0;
  for (const { start, end, weight } of spans) {
    let at = start;
    while (at < end) {
      const code = codes[at] as number;
      if (code >= INVISIBLE) {
        at++;
        if (ENDS_SOMETHING[code] === 0) continue;
        if (LINE_END[code] === 1) newlines++;
        if (SENTENCE_END[code] === 1 || (LINE_END[code] === 1 && newlines > 1)) {
          sentence++;
          clause++;
        } else if (CLAUSE_END[code] === 1) clause++;
        continue;
      }
      newlines = 0;
      const from = at;
      let base = WORD;
      let upTo = at;
      for (; at < end; at++) {
        const letter = codes[at] as number;
        if (letter < ALPHABET) {
          base = check[base + letter] === letter ? (next[base + letter] as number) : 0;
        } else if (letter >= GAP) break;
        else if (letter === INVISIBLE) continue;
        else {
          for (const one of pairOf(letter))
            base = check[base + one] === one ? (next[base + one] as number) : 0;
        }
        upTo = at + 1;
      }
      if (at < end) {
        if (APOSTROPHE[codes[at] as number] === 1 && isElided(text, from, upTo)) {
          at++;
          continue;
        }
        const ending = inclusiveEnd(reading, at, end);
        if (ending > at) {
          at = ending;
          upTo = ending;
        }
      }
      ids[count] = check[base] === 0 ? (next[base] as number) : 0;
      starts[count] = from;
      ends[count] = upTo;
      weights[count] = weight;
      clauses[count] = clause;
      sentences[count] = sentence;
      count++;
    }
  }
  tokens.count = count;
  return tokens;
}
