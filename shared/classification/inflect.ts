import type { Inflect } from './compile.ts';

type Rule = readonly [ending: RegExp, ...replacements: string[]];

const apply = (word: string, rules: readonly Rule[]): string[] => {
  for (const [ending, ...replacements] of rules) {
    if (ending.test(word)) return replacements.map((replacement) => word.replace(ending, replacement));
  }
  return [];
};

/** Plural and feminine of French nouns and adjectives, by ending; the first rule that fits counts. */
const FRENCH_NOUNS: readonly Rule[] = [
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

/** Present, participles and imperfect of regular French verbs, by the ending of the infinitive. */
const FRENCH_VERBS: readonly Rule[] = [
  [
    /ger$/,
    'ge',
    'ges',
    'geons',
    'gez',
    'gent',
    'gé',
    'gée',
    'gés',
    'gées',
    'geant',
    'geait',
    'gera',
    'geront',
  ],
  [/cer$/, 'ce', 'ces', 'çons', 'cez', 'cent', 'cé', 'cée', 'cés', 'cées', 'çant', 'çait', 'cera', 'ceront'],
  [/er$/, 'e', 'es', 'ons', 'ez', 'ent', 'é', 'ée', 'és', 'ées', 'ant', 'ait', 'aient', 'era', 'eront'],
  [/ir$/, 'is', 'it', 'issons', 'issez', 'issent', 'i', 'ie', 'ies', 'issant', 'ira', 'iront'],
];

/** Words this short have too many neighbours: only their plural is added. */
const SHORT = 4;

export const inflectFrench: Inflect = (word, { first }) => [
  ...(word.length <= SHORT ? [`${word}s`] : apply(word, FRENCH_NOUNS)),
  ...(first && word.length >= 5 ? apply(word, FRENCH_VERBS) : []),
];

const ENGLISH_NOUNS: readonly Rule[] = [
  [/([^aeiou])y$/, '$1ies'],
  [/(s|x|z|ch|sh)$/, '$1es'],
  [/$/, 's'],
];

const ENGLISH_VERBS: readonly Rule[] = [
  [/ing$|ed$|ion$|ment$|ness$|ity$/],
  [/([^aeiou])y$/, '$1ied', '$1ying'],
  [/e$/, 'ed', 'ing'],
  [/$/, 'ed', 'ing'],
];

/** Forms of an English word: as noun, and as verb where it leads the term. */
export const inflectEnglish: Inflect = (word, { first }) => [
  ...apply(word, ENGLISH_NOUNS),
  ...(first && word.length > 3 ? apply(word, ENGLISH_VERBS) : []),
];
