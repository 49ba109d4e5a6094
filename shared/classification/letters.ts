import letters from '#lexicon/letters';
import { readLetters } from './compiled.ts';
import { GAP } from './fold.ts';

const { folded, stopWords } = readLetters(letters());

/** Stop words that tell the language. */
export const STOP_WORDS_BY_LANGUAGE = stopWords;

/** A text and the folded code of each of its UTF-16 code units, with a gap behind the last. */
export interface Reading {
  readonly text: string;
  readonly codes: Uint8Array;
}

/** The codes of the last text, used again for the next. */
let scratch = new Uint8Array(8192);

/**
 * Looks every character up once, since that costs most of the time that a text takes.
 * @returns codes that the next call uses again
 */
export function read(text: string): Reading {
  if (scratch.length <= text.length) scratch = new Uint8Array(text.length + 1);
  const codes = scratch;
  for (let at = 0; at < text.length; at++) codes[at] = folded[text.charCodeAt(at)] as number;
  codes[text.length] = GAP;
  return { text, codes };
}
