import { spelling } from './fold.ts';
import { tokenize } from './scan.ts';
import { STOP_WORDS } from './stop-words.ts';
import type { Span } from './structure.ts';
import { Words } from './words.ts';

export type TextLanguage = 'fr' | 'en';

/** Enough of a text to tell its language by. */
const LOOKED_AT = 800;

const FRENCH = 1;
const ENGLISH = 2;

/** Stop words of both languages; those they share tell nothing. */
const words = new Words(
  (['fr', 'en'] as const).flatMap((language) => {
    const other: readonly string[] = STOP_WORDS[language === 'fr' ? 'en' : 'fr'];
    const own = STOP_WORDS[language].filter((word) => !other.includes(word));
    return own.map((word) => [spelling(word), language === 'fr' ? FRENCH : ENGLISH] as const);
  }),
  2048,
);

/**
 * The language of a text by which stop words it holds more of, French or English; null when neither has more, as in a
 * title of two words or in another language.
 */
export function detectLanguage(text: string, spans: readonly Span[]): TextLanguage | null {
  const head = spans
    .filter(({ start }) => start < LOOKED_AT)
    .map((span) => ({ ...span, end: Math.min(span.end, LOOKED_AT) }));
  const { ids, count } = tokenize(text, head, words);
  let balance = 0;
  for (let index = 0; index < count; index++) {
    if (ids[index] === FRENCH) balance++;
    else if (ids[index] === ENGLISH) balance--;
  }
  if (balance === 0) return null;
  return balance > 0 ? 'fr' : 'en';
}
