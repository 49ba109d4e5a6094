import { FOLDED, INVISIBLE, isPair, NOT_A_LETTER, pairOf } from './fold.ts';
import type { Span } from './structure.ts';
import type { Words } from './words.ts';

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

const APOSTROPHE = new Set([0x27, 0x2019, 0x02bc, 0x2018, 0xff07]);
const INCLUSIVE_MARK = new Set([0xb7, 0x2022, 0x2027, 0x2e, 0x2d, 0x28]);
/** Endings that inclusive writing adds after a mark: enseignant·e·s, formateur-trice, étudiant(e)s. */
const INCLUSIVE_ENDING =
  /[·•‧.(-](?:e|ne|le|te|ve|se|ère|ere|rice|trice|euse|esse|s)\)?(?:[·•‧.-]?s)?(?![\p{L}\p{N}])/uy;

/** What an apostrophe ends: l', d', qu', jusqu', lorsqu' … */
const ELIDED = /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|quelqu)$/i;

const BLANK = 0x20;
const SENTENCE_END = new Set([0x2e, 0x21, 0x3f, 0x3b, 0x0a]);
const CLAUSE_END = new Set([0x2c, 0x3a, 0x28, 0x29, 0x5b, 0x5d, 0x2026, 0xab, 0xbb, 0x2013, 0x2014, 0x2f]);

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

/**
 * Cuts the prose of a text into words. Case, accents and ligatures are folded on the fly; elided articles and the
 * endings of inclusive writing are no part of the word looked up, but stay in its offsets.
 * @returns arrays that the next call uses again
 */
export function tokenize(text: string, spans: readonly Span[], words: Words): Tokens {
  const tokens = empty(Math.ceil(text.length / 2) + 1);
  let clause = 0;
  let sentence = 0;
  let newlines = 0;
  for (const { start, end, weight } of spans) {
    let at = start;
    while (at < end) {
      const unit = text.charCodeAt(at);
      const code = FOLDED[unit] as number;
      if (code === NOT_A_LETTER || code === INVISIBLE) {
        if (unit === 0x0a) newlines++;
        if (unit !== BLANK) {
          const ends = unit === 0x0a ? newlines > 1 : SENTENCE_END.has(unit);
          if (ends) sentence++;
          if (ends || CLAUSE_END.has(unit)) clause++;
        }
        at++;
        continue;
      }
      newlines = 0;
      const from = at;
      let node = 0;
      let upTo = at;
      for (; at < end; at++) {
        const letter = FOLDED[text.charCodeAt(at)] as number;
        if (letter === NOT_A_LETTER) break;
        if (letter === INVISIBLE) continue;
        upTo = at + 1;
        if (isPair(letter)) for (const one of pairOf(letter)) node = words.step(node, one);
        else node = words.step(node, letter);
      }
      if (at < end) {
        const next = text.charCodeAt(at);
        if (APOSTROPHE.has(next) && upTo - from <= 7 && ELIDED.test(text.slice(from, upTo))) {
          at++;
          continue;
        }
        if (FOLDED[text.charCodeAt(at + 1)] !== NOT_A_LETTER && INCLUSIVE_MARK.has(next)) {
          INCLUSIVE_ENDING.lastIndex = at;
          const ending = INCLUSIVE_ENDING.exec(text);
          if (ending && at + ending[0].length <= end) {
            at += ending[0].length;
            upTo = at;
          }
        }
      }
      const index = tokens.count++;
      tokens.ids[index] = words.idAt(node);
      tokens.starts[index] = from;
      tokens.ends[index] = upTo;
      tokens.weights[index] = weight;
      tokens.clauses[index] = clause;
      tokens.sentences[index] = sentence;
    }
  }
  return tokens;
}
