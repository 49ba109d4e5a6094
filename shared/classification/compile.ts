import { codesOf, spelling } from './fold.ts';
import type { TextLanguage } from './stop-words.ts';
import { LABEL_IDS } from './taxonomy.ts';

/** A lexicon file: the terms of one label in one language with their weights, and the contexts that bind them. */
export interface LexiconFile {
  readonly terms: Readonly<Record<string, number>>;
  readonly contexts: readonly Context[];
}

/** A term that counts only in some company: around it in the sentence, `unless` cancels and `requires` is needed. */
export interface Context {
  readonly term: string;
  readonly unless?: readonly string[];
  readonly requires?: readonly string[];
  /** A sentence in which the term must count. */
  readonly fires: string;
  /** A sentence in which it must not. */
  readonly silent: string;
}

/** What a phrase says: the label (its place in LABEL_IDS), the weight, and the phrases that cancel it or are needed. */
export interface Signal {
  readonly label: number;
  readonly weight: number;
  readonly unless?: readonly number[];
  readonly requires?: readonly number[];
}

export interface Phrase {
  readonly term: string;
  readonly words: readonly number[];
  readonly signals: readonly Signal[];
  /** Phrases inside this one that others look for: whoever meets this one has met them. */
  readonly holds?: readonly number[];
}

/** A compiled lexicon. Word ids start at 1; the first `stopWords` of them are passed over inside phrases. */
export interface LexiconData {
  readonly language: TextLanguage;
  readonly stopWords: number;
  /** forms[id − 1]: every inflected form of a word, separated by blanks. */
  readonly forms: readonly string[];
  readonly phrases: readonly Phrase[];
}

/** A compiled lexicon, and what its linter wants to know: pairs of words that became one because they share a form. */
export interface Compiled {
  readonly data: LexiconData;
  readonly collisions: readonly (readonly [word: string, other: string])[];
}

/** Every inflected form of a word of a term, itself included. */
export type Inflect = (
  word: string,
  place: { readonly first: boolean; readonly alone: boolean },
) => readonly string[];

/** A lexicon file says something that cannot be compiled. */
export class LexiconError extends Error {
  override readonly name = 'LexiconError';
}

const ELISION = /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu|presqu|quoiqu)['’]/i;

/** The words of a term as the scanner would cut it. */
export function wordsOf(term: string): string[] {
  return term
    .split(/[\s-]+/)
    .map((word) => word.replace(ELISION, ''))
    .flatMap((word) => word.split(/['’]/))
    .filter((word) => codesOf(word).length > 0);
}

/** The words of a term that say something; a stop word inside a compound such as bien-être does. */
function contentWords(term: string, stopWords: readonly string[]): string[] {
  return term.split(/\s+/).flatMap((part) => {
    const words = wordsOf(part);
    return words.length > 1 ? words : words.filter((word) => !stopWords.includes(word.toLowerCase()));
  });
}

/** Words and their forms; forms that two words share make them one, since the text cannot tell them apart. */
class Vocabulary {
  private readonly idOf = new Map<string, number>();
  private readonly parents: number[] = [];

  readonly collisions: [word: string, other: string][] = [];
  private readonly names: string[] = [];

  /** The root id of a word and its forms; words that share a form become one. */
  add(forms: readonly string[]): number {
    const known = [...new Set(forms.flatMap((form) => this.idOf.get(form) ?? []).map((id) => this.root(id)))];
    const id = known[0] ?? this.parents.push(this.parents.length) - 1;
    const [word = ''] = forms;
    this.names[id] ??= word;
    for (const other of known.slice(1)) {
      this.collisions.push([this.names[id], this.names[other] as string]);
      this.parents[other] = id;
    }
    for (const form of forms) this.idOf.set(form, id);
    return id;
  }

  root(id: number): number {
    let at = id;
    while (this.parents[at] !== at) at = this.parents[at] as number;
    return at;
  }

  /** Every root with its forms, in the order the words were added. */
  groups(): Map<number, string[]> {
    const groups = new Map<number, string[]>();
    for (const [form, id] of this.idOf)
      groups.set(this.root(id), [...(groups.get(this.root(id)) ?? []), form]);
    return groups;
  }
}

interface Draft {
  readonly term: string;
  readonly roots: readonly number[];
  readonly signals: Signal[];
  readonly holds: Set<number>;
}

/**
 * The longest term at a place is the one that counts: it also says what the shorter terms inside it say, unless it
 * speaks for the same label itself or is one of the contexts that cancel them.
 */
function inherit(drafts: readonly Draft[], order: ReadonlyMap<string, number>): void {
  const own = new Map(drafts.map(({ roots, signals }) => [roots.join(), [...signals]]));
  const companions = new Set(
    drafts.flatMap(({ signals }) =>
      signals.flatMap(({ unless = [], requires = [] }) => [...unless, ...requires]),
    ),
  );
  for (const { roots, signals, holds } of drafts) {
    const id = order.get(roots.join());
    for (let from = 0; from < roots.length; from++) {
      for (let to = from + 1; to <= roots.length; to++) {
        if (to - from === roots.length) continue;
        const inner = roots.slice(from, to).join();
        const place = order.get(inner) ?? -1;
        if (companions.has(place)) holds.add(place);
        for (const signal of own.get(inner) ?? []) {
          const cancelled = signal.unless?.some((phrase) => phrase === id) === true;
          if (!cancelled && !signals.some(({ label }) => label === signal.label)) signals.push(signal);
        }
      }
    }
  }
}

/**
 * Compiles the lexicon files of one language.
 * @param files by label id
 * @param inflect the language's inflections
 * @throws LexiconError naming the file and term that cannot be compiled
 */
export function compileLexicon(
  language: TextLanguage,
  files: ReadonlyMap<string, LexiconFile>,
  stopWords: readonly string[],
  inflect: Inflect,
): Compiled {
  const vocabulary = new Vocabulary();
  const stopSpellings = new Set(stopWords.map(spelling));
  const stops = new Set([...stopSpellings].map((word) => vocabulary.add([word])));
  const phrases = new Map<string, Draft>();
  const pending: { term: string; words: string[] }[] = [];
  const keys = new Map<string, string>();

  const declare = (label: string, term: string) => {
    const words = wordsOf(term);
    const content = contentWords(term, stopWords);
    // A term of several words never shrinks to one: "drop out" without its "out" would be any drop.
    const kept = content.length > 1 || (words.length === 1 && content.length === 1) ? content : words;
    if (kept.length === 0)
      throw new LexiconError(`${language}/${label}.json: the term "${term}" holds no word.`);
    kept.forEach((word, index) => {
      const place = { first: index === 0, alone: kept.length === 1 };
      if (!stops.has(vocabulary.add([spelling(word)]))) {
        const forms = inflect(word, place)
          .map(spelling)
          .filter((form) => !stopSpellings.has(form));
        vocabulary.add([...new Set([spelling(word), ...forms])]);
      }
    });
    pending.push({ term, words: kept });
  };
  for (const [label, file] of files) {
    for (const term of Object.keys(file.terms)) declare(label, term);
    for (const { unless = [], requires = [] } of file.contexts)
      for (const term of [...unless, ...requires]) declare(label, term);
  }

  const rootsOf = (words: readonly string[]) =>
    words.map((word) => vocabulary.root(vocabulary.add([spelling(word)])));
  for (const { term, words } of pending) {
    const roots = rootsOf(words);
    const key = roots.join();
    keys.set(term, key);
    if (!phrases.has(key)) phrases.set(key, { term, roots, signals: [], holds: new Set() });
  }
  const order = new Map([...phrases.keys()].map((key, index) => [key, index]));
  const phraseIds = (terms: readonly string[]) =>
    terms.map((term) => order.get(keys.get(term) as string) as number);
  for (const [label, file] of files) {
    const place = LABEL_IDS.indexOf(label);
    if (place < 0)
      throw new LexiconError(`${language}/${label}.json: there is no label "${label}" in the taxonomy.`);
    for (const [term, weight] of Object.entries(file.terms)) {
      const { signals } = phrases.get(keys.get(term) as string) as { signals: Signal[] };
      const context = file.contexts.find((one) => one.term === term);
      const before = signals.findIndex((signal) => signal.label === place);
      if (before >= 0 && (signals[before] as Signal).weight >= weight) continue;
      if (before >= 0) signals.splice(before, 1);
      signals.push({
        label: place,
        weight,
        ...(context?.unless ? { unless: phraseIds(context.unless) } : {}),
        ...(context?.requires ? { requires: phraseIds(context.requires) } : {}),
      });
    }
  }

  inherit([...phrases.values()], order);

  const groups = vocabulary.groups();
  const stopRoots = [...stops].map((id) => vocabulary.root(id));
  const roots = [...new Set([...stopRoots, ...groups.keys()])];
  const ids = new Map(roots.map((root, index) => [root, index + 1]));
  const data: LexiconData = {
    language,
    stopWords: new Set(stopRoots).size,
    forms: roots.map((root) => (groups.get(root) ?? []).join(' ')),
    phrases: [...phrases.values()].map(({ term, roots: words, signals, holds }) => ({
      term,
      words: words.map((root) => ids.get(root) as number),
      signals,
      ...(holds.size > 0 ? { holds: [...holds] } : {}),
    })),
  };
  return { data, collisions: vocabulary.collisions };
}
