import type { Lexicon } from './lexicon.ts';
import { tokenize } from './scan.ts';
import type { Span } from './structure.ts';

export type TextLanguage = 'fr' | 'en';

/** Enough of a text to tell its language by. */
const LOOKED_AT = 800;

/**
 * The language of a text by the share of its words that are French or English stop words; null when neither has more,
 * as in a title of two words or in another language.
 */
export function detectLanguage(
  text: string,
  spans: readonly Span[],
  lexicons: Readonly<Record<TextLanguage, Lexicon>>,
): TextLanguage | null {
  const head = spans
    .filter(({ start }) => start < LOOKED_AT)
    .map((span) => ({ ...span, end: Math.min(span.end, LOOKED_AT) }));
  const share = (language: TextLanguage): number => {
    const lexicon = lexicons[language];
    const { ids, count } = tokenize(text, head, lexicon.words);
    let stops = 0;
    for (let index = 0; index < count; index++) if (lexicon.isStopWord(ids[index] as number)) stops++;
    return count === 0 ? 0 : stops / count;
  };
  const [french, english] = [share('fr'), share('en')];
  if (french === english) return null;
  return french > english ? 'fr' : 'en';
}
