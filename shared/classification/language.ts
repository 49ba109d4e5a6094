import { type Reading, STOP_WORDS_BY_LANGUAGE } from './letters.ts';
import { tokenize } from './scan.ts';
import type { Span } from './structure.ts';
import type { TextLanguage } from './stop-words.ts';

/** Enough of a text to tell its language by. */
const LOOKED_AT = 800;

const FRENCH = 1;
const ENGLISH = 2;

/** The part of some spans that is looked at. */
function headOf(spans: readonly Span[]): readonly Span[] {
  const head: Span[] = [];
  for (const { start, end, weight } of spans) {
    if (start >= LOOKED_AT) break;
    head.push({ start, end: Math.min(end, LOOKED_AT), weight });
  }
  return head;
}

/**
 * The language of a text by which stop words it holds more of, French or English; null when neither has more, as in a
 * title of two words or in another language.
 */
export function detectLanguage(reading: Reading, spans: readonly Span[]): TextLanguage | null {
  const { ids, count } = tokenize(reading, headOf(spans), STOP_WORDS_BY_LANGUAGE);
  let balance = 0;
  for (let index = 0; index < count; index++) {
    if (ids[index] === FRENCH) balance++;
    else if (ids[index] === ENGLISH) balance--;
  }
  if (balance === 0) return null;
  return balance > 0 ? 'fr' : 'en';
}
