/** Letters of the folded alphabet: a–z are 1–26, digits 27–36; OTHER is a letter of another script. */
export const ALPHABET = 38;
export const ZERO = 27;
export const NINE = 36;
const OTHER = 37;
/** Codes of ligatures, which stand for two letters each, follow the alphabet's. */
const PAIR = ALPHABET;
/** What is no part of a word's spelling, nor ends it. */
export const INVISIBLE = 63;
/** Codes from here on lie between words: this one for all characters but the marks, which have codes of their own. */
export const GAP = 64;

/** Marks that end something, join something or make markup. */
const MARKS = "\n\r\t #>-+=~*_`[]()<&\\.,:;!?…«»–—/'’ʼ‘＇·•‧";

/** The code of a mark. @throws RangeError when it has none */
export function markCode(mark: string): number {
  const place = MARKS.indexOf(mark);
  if (place < 0) throw new RangeError(`"${mark}" is not among the marks.`);
  return GAP + 1 + place;
}

/** Codes of marks, each true. */
export function marksOf(marks: string): Uint8Array {
  const known = new Uint8Array(256);
  for (const mark of marks) known[markCode(mark)] = 1;
  return known;
}

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
  [0x2bc, 0x2bd],
  [0x300, 0x370],
  [0x1e00, 0x1f00],
  [0x2000, 0x2070],
  [0xfb01, 0xfb03],
  [0xfe0f, 0xfe10],
  [0xfeff, 0xff00],
  [0xff07, 0xff08],
];

/** Folded code of a UTF-16 code unit, without case and accents. Serving looks it up in a compiled table. */
export function foldedCode(unit: number): number {
  if (!RANGES.some(([from, to]) => unit >= from && unit < to)) return GAP;
  const character = String.fromCharCode(unit);
  if (MARKS.includes(character)) return markCode(character);
  // Combining marks, soft hyphens and zero-width characters are no part of a word's spelling.
  if (/\p{Mn}|\p{Cf}/u.test(character)) return INVISIBLE;
  const pair = PAIR_LIST.indexOf(character);
  if (pair >= 0) return PAIR + pair;
  if (/[^\p{L}\p{N}]/u.test(character)) return GAP;
  return letterCode(character.normalize('NFD').toLowerCase().charCodeAt(0));
}

const PAIR_CODES: readonly (readonly [number, number])[] = Object.values(PAIRS).map((letters) => [
  letterCode(letters.charCodeAt(0)),
  letterCode(letters.charCodeAt(1)),
]);

/** The letters of a ligature's code. */
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
    if (code >= INVISIBLE) return [];
    return code < ALPHABET ? [code] : [...pairOf(code)];
  });
}

/** A word in folded letters: œuvre is oeuvre, Élève is eleve. */
export const spelling = (word: string): string =>
  codesOf(word)
    .map((code) => (code <= 26 ? String.fromCharCode(96 + code) : String.fromCharCode(21 + code)))
    .join('');
