/** Letters of the folded alphabet: a–z are 1–26, digits 27–36; OTHER is a letter of another script. */
export const ALPHABET = 38;
const OTHER = 37;
/** Codes that are no single letter. */
export const NOT_A_LETTER = 0;
export const INVISIBLE = 255;
const PAIR = 128;

/** Ligatures that fold to two letters. */
const PAIRS: Readonly<Record<string, string>> = {
  œ: 'oe',
  Œ: 'oe',
  æ: 'ae',
  Æ: 'ae',
  ß: 'ss',
  ﬁ: 'fi',
  ﬂ: 'fl',
};
const PAIR_LIST = Object.keys(PAIRS);

/** Code of a folded letter or digit by its UTF-16 code unit. */
function letterCode(unit: number): number {
  if (unit >= 97 && unit <= 122) return unit - 96;
  return unit >= 48 && unit <= 57 ? unit - 21 : OTHER;
}

/** Latin, accents and punctuation; other scripts hold no word we know, and read as gaps between words. */
export const RANGES: readonly (readonly [from: number, to: number])[] = [
  [0, 0x250],
  [0x300, 0x370],
  [0x1e00, 0x1f00],
  [0x2000, 0x2070],
  [0xfb01, 0xfb03],
  [0xfe0f, 0xfe10],
  [0xfeff, 0xff00],
];

/** Folded code of a UTF-16 code unit, without case and accents. Serving looks it up in a compiled table. */
export function foldedCode(unit: number): number {
  if (!RANGES.some(([from, to]) => unit >= from && unit < to)) return NOT_A_LETTER;
  const character = String.fromCharCode(unit);
  // Combining marks, soft hyphens and zero-width characters are no part of a word's spelling.
  if (/\p{Mn}|\p{Cf}/u.test(character)) return INVISIBLE;
  const pair = PAIR_LIST.indexOf(character);
  if (pair >= 0) return PAIR + pair;
  if (/[^\p{L}\p{N}]/u.test(character)) return NOT_A_LETTER;
  return letterCode(character.normalize('NFD').toLowerCase().charCodeAt(0));
}

/** The two letter codes of a ligature's code. */
const PAIR_CODES: readonly (readonly [number, number])[] = Object.values(PAIRS).map((letters) => [
  letterCode(letters.charCodeAt(0)),
  letterCode(letters.charCodeAt(1)),
]);

/** True for codes that stand for two letters. */
export const isPair = (code: number): boolean => code >= PAIR && code < INVISIBLE;
export const pairOf = (code: number): readonly [number, number] =>
  PAIR_CODES[code - PAIR] as readonly [number, number];

const known = new Map<string, number>();

function codeOf(character: string): number {
  const code = known.get(character) ?? foldedCode(character.charCodeAt(0));
  known.set(character, code);
  return code;
}

/** A word's letter codes. */
export function codesOf(word: string): number[] {
  return [...word].flatMap((character) => {
    const code = codeOf(character);
    if (code === INVISIBLE || code === NOT_A_LETTER) return [];
    return isPair(code) ? [...pairOf(code)] : [code];
  });
}

/** A word in folded letters: œuvre is oeuvre, Élève is eleve. */
export const spelling = (word: string): string =>
  codesOf(word)
    .map((code) => (code <= 26 ? String.fromCharCode(96 + code) : String.fromCharCode(21 + code)))
    .join('');
