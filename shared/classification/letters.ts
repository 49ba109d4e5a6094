import letters from '#lexicon/letters';
import { readLetters } from './compiled.ts';

/** Folded code of every UTF-16 code unit, and the stop words that tell the language. */
export const { folded: FOLDED, stopWords: STOP_WORDS_BY_LANGUAGE } = readLetters(letters());
