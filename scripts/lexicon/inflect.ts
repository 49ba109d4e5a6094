import english from 'compromise';
import type { Inflect } from '../../shared/classification/compile.ts';

/** Loaded by a name that the compiler does not follow: the package ships types that do not compile. */
const FRENCH_PACKAGE: string = 'fr-compromise';
const french = ((await import(FRENCH_PACKAGE)) as { default: unknown }).default;

type Rule = readonly [ending: RegExp, ...replacements: string[]];

/** The same inflection, asked once for each word and place: the libraries take a millisecond or two a word. */
function remembered(inflect: Inflect): Inflect {
  const known = new Map<string, readonly string[]>();
  return (word, place) => {
    const key = `${word} ${place.first}`;
    const forms = known.get(key) ?? inflect(word, place);
    known.set(key, forms);
    return forms;
  };
}

/** The first rule whose ending fits, applied. */
const apply = (word: string, rules: readonly Rule[]): string[] => {
  const rule = rules.find(([ending]) => ending.test(word));
  const [ending, ...replacements] = rule ?? [/$/];
  return replacements.map((replacement) => word.replace(ending, replacement));
};

/** Plural and feminine of French nouns and adjectives, by ending; the library mistakes many school words. */
const FRENCH_ENDINGS: readonly Rule[] = [
  [/al$/, 'aux', 'ale', 'ales'],
  [/(eau|eu)$/, '$1x'],
  [/if$/, 'ifs', 'ive', 'ives'],
  [/eux$/, 'euse', 'euses'],
  [/teur$/, 'teurs', 'trice', 'trices'],
  [/(el|en|on)$/, '$1s', '$1ne', '$1nes', '$1le', '$1les'],
  [/er$/, 'ers', 'ère', 'ères'],
  [/é$/, 'és', 'ée', 'ées'],
  [/[sxz]$/],
  [/e$/, 'es'],
  [/$/, 's', 'e', 'es'],
];

/** Words this short have too many neighbours: only their plural is added. */
const SHORT = 4;

/** Every text inside a value, however deep: the library gives a tree of tenses and persons. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

interface Conjugating {
  tag(tag: string): { verbs(): { conjugate(): unknown } };
}

const conjugate = (nlp: unknown, verb: string): string[] =>
  texts((nlp as (text: string) => Conjugating)(verb).tag('Verb').verbs().conjugate()).filter(
    (form) => !form.includes(' '),
  );

/** Past participles, which agree like adjectives: évalué, évaluées. */
const participles = (verb: string): string[] =>
  verb.endsWith('er') ? ['é', 'ée', 'és', 'ées'].map((end) => verb.slice(0, -2) + end) : [];

/** Forms of a French word: as noun or adjective by its ending; as verb, by fr-compromise, where it leads the term. */
export const inflectFrench: Inflect = remembered((word, { first }) => {
  if (word.length <= SHORT) return [`${word}s`];
  const isVerb =
    first && /(er|ir|re)$/.test(word) && !/(ier|ère|ire|toire|aire|ture|oire|bre|tre)$/.test(word);
  return [
    ...apply(word, FRENCH_ENDINGS),
    ...(isVerb ? [...conjugate(french, word), ...participles(word)] : []),
  ];
});

/** Words that are no verbs, by their ending. */
const ENGLISH_NOUN = /(ing|ed|ion|ment|ness|ity|ism|ship|ics)$/;

interface Pluralising {
  tag(tag: string): { nouns(): { toPlural(): { text(): string } } };
}

const plural = (noun: string): string =>
  (english(noun) as unknown as Pluralising).tag('Noun').nouns().toPlural().text();

/** Forms of an English word, by compromise: the plural, and where it leads the term the tenses. */
export const inflectEnglish: Inflect = remembered((word, { first }) => [
  plural(word),
  ...(first && word.length > 3 && !ENGLISH_NOUN.test(word) ? conjugate(english, word) : []),
]);
