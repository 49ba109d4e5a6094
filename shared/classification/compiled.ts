import { type Automaton, compileAutomaton, type Entry } from './automaton.ts';
import type { LexiconData, Signal } from './compile.ts';
import { ALPHABET, codesOf, foldedCode, GAP, RANGES } from './fold.ts';

/** Languages of texts, in the order in which their stop words are written. */
export const LANGUAGES = ['fr', 'en'] as const;

/** Base at which every word starts; the cells below it are empty, so that the base 0 leads nowhere but to itself. */
export const WORD = 64;
/** Base at which every phrase starts. */
export const PHRASE = 0;

/** Word forms by their letters; the value is the id of the word. */
export type Words = Automaton<Uint8Array>;

/**
 * A lexicon as serving reads it. Lists are kept end to end: in an array of starts, list n reaches from `starts[n]` to
 * `starts[n + 1]`.
 */
export interface CompiledLexicon {
  readonly words: Words;
  /** Words with ids up to this one are passed over inside phrases. */
  readonly stopWords: number;
  /** Phrases by the ids of their words; the value is the phrase + 1. */
  readonly phrases: Automaton<Uint16Array>;
  /** Starts of each phrase's signals. */
  readonly signals: Uint16Array;
  /** Of each signal: its label, its weight as a place in `weights`, and its context, 0 for none. */
  readonly labelOf: Uint8Array;
  readonly weightOf: Uint8Array;
  readonly contextOf: Uint16Array;
  readonly weights: Float64Array;
  /** Starts of each context's conditions: list 2n the phrases that cancel, list 2n + 1 those of which one is needed. */
  readonly contexts: Uint16Array;
  readonly conditions: Uint16Array;
  /** 1 for each phrase that is a condition of some context. */
  readonly isCondition: Uint8Array;
  /** Starts of the conditions inside each phrase: whoever meets the phrase has met them. */
  readonly holds: Uint16Array;
  readonly held: Uint16Array;
}

/** What any text is read by: how characters fold, and which stop words tell the language. */
export interface Letters {
  /** Folded code of every UTF-16 code unit. */
  readonly folded: Uint8Array;
  /** Stop words that only one language has; the value is its place in LANGUAGES, + 1. */
  readonly stopWords: Words;
}

type Kind = typeof Uint8Array | typeof Uint16Array | typeof Float64Array;
type Layout = Readonly<Record<string, Kind>>;
type ArrayOf<K extends Kind> = K extends typeof Float64Array
  ? Float64Array
  : K extends typeof Uint16Array
    ? Uint16Array
    : Uint8Array;
type Arrays<L extends Layout> = { readonly [Name in keyof L]: ArrayOf<L[Name]> };
/** What the kinds have in common, for the compiler. */
type View = new (buffer: ArrayBufferLike, byteOffset: number, length?: number) => ArrayOf<Kind>;

/** The arrays of a compiled lexicon in the order in which they are written, the widest first. */
const LEXICON = {
  weights: Float64Array,
  stopWords: Uint16Array,
  wordNext: Uint16Array,
  phraseNext: Uint16Array,
  phraseCheck: Uint16Array,
  signals: Uint16Array,
  contextOf: Uint16Array,
  contexts: Uint16Array,
  conditions: Uint16Array,
  holds: Uint16Array,
  held: Uint16Array,
  wordCheck: Uint8Array,
  labelOf: Uint8Array,
  weightOf: Uint8Array,
  isCondition: Uint8Array,
} as const;

const LETTERS = { wordNext: Uint16Array, wordCheck: Uint8Array, folded: Uint8Array } as const;

/** Where the arrays start: behind their lengths, at a multiple of the widest element. */
const headOf = (layout: Layout): number => Math.ceil(Object.keys(layout).length / 2) * 8;

/** Writes arrays: the length of each in four bytes, then all of them end to end, the lowest byte first. */
function pack<L extends Layout>(layout: L, arrays: Arrays<L>): Uint8Array {
  const list = Object.keys(layout).map((name) => arrays[name as keyof L]);
  const head = headOf(layout);
  const bytes = new Uint8Array(list.reduce((sum, { byteLength }) => sum + byteLength, head));
  bytes.set(new Uint8Array(Uint32Array.from(list, ({ length }) => length).buffer));
  let at = head;
  for (const { buffer, byteOffset, byteLength } of list) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

/** Reads arrays: views of the bytes, which are copied only when they lie at an odd place in memory. */
function unpack<L extends Layout>(layout: L, bytes: Uint8Array): Arrays<L> {
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const names = Object.keys(layout);
  const lengths = new Uint32Array(buffer, byteOffset, names.length);
  let at = byteOffset + headOf(layout);
  const arrays = names.map((name, index) => {
    const array = new (layout[name] as View)(buffer, at, lengths[index]);
    at += array.byteLength;
    return [name, array];
  });
  return Object.fromEntries(arrays) as Arrays<L>;
}

const wordsOf = (entries: Iterable<Entry>): Words =>
  compileAutomaton(entries, { codes: ALPHABET, root: WORD, check: (size) => new Uint8Array(size) });

const startsOf = (lists: readonly (readonly unknown[])[]): Uint16Array => {
  let at = 0;
  return Uint16Array.from([0, ...lists.map(({ length }) => (at += length))]);
};

/** A lexicon as bytes. @throws RangeError when it outgrows the format */
export function writeLexicon({ stopWords, forms, phrases }: LexiconData): Uint8Array {
  const words = wordsOf(
    forms.flatMap((list, index) => list.split(' ').map((form): Entry => [codesOf(form), index + 1])),
  );
  const automaton = compileAutomaton(
    phrases.map((phrase, index): Entry => [phrase.words, index + 1]),
    { codes: forms.length + 1, root: PHRASE, check: (size) => new Uint16Array(size) },
  );
  const signals = phrases.flatMap((phrase) => phrase.signals);
  const weights = [...new Set(signals.map(({ weight }) => weight))];
  const keyOf = ({ unless = [], requires = [] }: Signal) => JSON.stringify([unless, requires]);
  const contexts = [...new Set(['[[],[]]', ...signals.map(keyOf)])];
  const conditions = contexts.flatMap((key) => JSON.parse(key) as number[][]);
  const conditional = new Set(conditions.flat());
  const held = phrases.map(({ holds = [] }) => holds);
  if (weights.length > 256 || signals.length > 0xffff || conditions.flat().length > 0xffff)
    throw new RangeError('The lexicon has more weights, signals or contexts than the format takes.');
  return pack(LEXICON, {
    weights: Float64Array.from(weights),
    stopWords: Uint16Array.of(stopWords),
    wordNext: words.next,
    phraseNext: automaton.next,
    phraseCheck: automaton.check,
    signals: startsOf(phrases.map((phrase) => phrase.signals)),
    contextOf: Uint16Array.from(signals, (signal) => contexts.indexOf(keyOf(signal))),
    contexts: startsOf(conditions),
    conditions: Uint16Array.from(conditions.flat()),
    holds: startsOf(held),
    held: Uint16Array.from(held.flat()),
    wordCheck: words.check,
    labelOf: Uint8Array.from(signals, ({ label }) => label),
    weightOf: Uint8Array.from(signals, ({ weight }) => weights.indexOf(weight)),
    isCondition: Uint8Array.from(phrases, (_, phrase) => (conditional.has(phrase) ? 1 : 0)),
  });
}

/** The lexicon in some bytes, ready to match. */
export function readLexicon(bytes: Uint8Array): CompiledLexicon {
  const { stopWords, wordNext, wordCheck, phraseNext, phraseCheck, ...rest } = unpack(LEXICON, bytes);
  return {
    ...rest,
    stopWords: stopWords[0] ?? 0,
    words: { next: wordNext, check: wordCheck },
    phrases: { next: phraseNext, check: phraseCheck },
  };
}

/** Folded characters and the stop words of each language, in the order of LANGUAGES, as bytes. */
export function writeLetters(stopWords: readonly (readonly string[])[]): Uint8Array {
  const entries = stopWords.flatMap((own, index) => {
    const others = new Set(stopWords.filter((list) => list !== own).flat());
    return own.filter((word) => !others.has(word)).map((word): Entry => [codesOf(word), index + 1]);
  });
  const words = wordsOf(entries);
  const folded = RANGES.flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, index) => foldedCode(from + index)),
  );
  return pack(LETTERS, {
    wordNext: words.next,
    wordCheck: words.check,
    folded: Uint8Array.from(folded),
  });
}

/** The letters in some bytes. */
export function readLetters(bytes: Uint8Array): Letters {
  const { wordNext, wordCheck, folded: codes } = unpack(LETTERS, bytes);
  const folded = new Uint8Array(65_536).fill(GAP);
  let at = 0;
  for (const [from, to] of RANGES) {
    folded.set(codes.subarray(at, at + to - from), from);
    at += to - from;
  }
  return { folded, stopWords: { next: wordNext, check: wordCheck } };
}
