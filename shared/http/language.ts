export type Language = 'en' | 'fr';

/** The language an Accept-Language header prefers among English and French; English when it names neither. */
export function preferredLanguage(header: string | undefined): Language {
  let best: Language = 'en';
  let highest = 0;
  for (const part of (header ?? '').split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    const language = range.split('-')[0];
    if ((language === 'en' || language === 'fr') && quality > highest) {
      best = language;
      highest = quality;
    }
  }
  return best;
}
