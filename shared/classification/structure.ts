import loadParser from '#parser';
import { once } from '../once.ts';
import { markCode, marksOf, NINE, ZERO } from './fold.ts';
import type { Reading } from './letters.ts';

/** A stretch of the document that is read as text, with what its words count for. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

const BODY = 1;
/** What words count for in headings, by level. */
const HEADINGS = [3, 2, 1.7, 1.5, 1.5, 1.5] as const;

/** What words count for in each kind of node; a node inside another takes the larger. */
const WEIGHTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(HEADINGS.map((weight, index) => [`ATXHeading${index + 1}`, weight])),
  SetextHeading1: HEADINGS[0],
  SetextHeading2: HEADINGS[1],
  StrongEmphasis: 1.4,
  Emphasis: 1.2,
  ListItem: 1.1,
  Link: 1.2,
  Image: 1.2,
};

/** Nodes that are not prose: code, addresses, markup. */
const SKIPPED = new Set([
  'CodeBlock',
  'FencedCode',
  'InlineCode',
  'URL',
  'LinkLabel',
  'LinkReference',
  'Autolink',
  'HTMLBlock',
  'HTMLTag',
  'Comment',
  'CommentBlock',
  'ProcessingInstruction',
  'ProcessingInstructionBlock',
  'HeaderMark',
  'QuoteMark',
  'ListMark',
  'LinkMark',
  'EmphasisMark',
  'CodeMark',
  'Entity',
]);

/** Beyond these the parser's time would grow faster than the text; nobody writes such markdown by hand. */
const MARKS_IN_ALL = 12_000;
const MARKS_IN_A_BLOCK = 600;
/** Marks that can be markup anywhere, and characters that can be at the start of a line only. */
const ANYWHERE = 1;
const AT_LINE_START = 2;
const MARK = marksOf('[]*_`<&\\');
for (const mark of '#>-+=\t') MARK[markCode(mark)] = AT_LINE_START;
MARK.fill(AT_LINE_START, ZERO, NINE + 1);

const NEWLINE = markCode('\n');
const RETURN = markCode('\r');
const BLANK = markCode(' ');
const HASH = markCode('#');
/** Marks that may follow a number to open a list. */
const LIST_NUMBER_END = marksOf('.)');
const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/** All that says something of the markup inside a line. */
const TELLING = MARK.map((mark, code) => (mark === ANYWHERE ? 1 : 0) | (LIST_NUMBER_END[code] ?? 0));
TELLING[NEWLINE] = 1;

/** How much markup a text may hold: none, some, or more than the parser takes in linear time. */
function markupOf({ text: { length }, codes }: Reading): 'none' | 'some' | 'too much' {
  let all = 0;
  let block = 0;
  let lineStart = true;
  let indent = 0;
  for (let at = 0; at < length; at++) {
    const code = codes[at] as number;
    if (!lineStart && TELLING[code] === 0) continue;
    if (code === NEWLINE) {
      if (lineStart) block = 0;
      lineStart = true;
      indent = 0;
      continue;
    }
    if (lineStart && code === BLANK) {
      if (++indent === 4) all++;
      continue;
    }
    const mark = MARK[code] as number;
    // A number and its dot may open a list inside a list, anywhere in the line.
    const isListNumber = LIST_NUMBER_END[code] === 1 && at > 0 && isDigit(codes[at - 1] as number);
    if (mark === ANYWHERE || (mark === AT_LINE_START && lineStart)) {
      if (++all > MARKS_IN_ALL || ++block > MARKS_IN_A_BLOCK) return 'too much';
    } else if (isListNumber) {
      if (++block > MARKS_IN_A_BLOCK) return 'too much';
    } else if (code !== RETURN) lineStart = false;
  }
  return all === 0 ? 'none' : 'some';
}

/** Characters at the start of a line that make it more than a paragraph or heading, and marks that do so anywhere. */
const OPENING = marksOf('>-+=~').fill(1, ZERO, NINE + 1);
const INSIDE = marksOf('[]*_`<&\\\r\t');

/** Spans of a text whose only markup is headings that start with #; null when there may be other markup. */
function headingsOf({ text: { length }, codes }: Reading): Span[] | null {
  const spans: Span[] = [];
  let body = 0;
  for (let line = 0; line < length;) {
    let at = line;
    while (codes[at] === BLANK) at++;
    const start = at;
    if (OPENING[codes[at] as number] === 1) return null;
    while (codes[at] === HASH) at++;
    const level = at - start;
    const isHeading = level > 0 && (at === length || codes[at] === BLANK || codes[at] === NEWLINE);
    while (at < length && codes[at] !== NEWLINE) {
      if (INSIDE[codes[at] as number] === 1) return null;
      at++;
    }
    if (start - line > 3 && start < at) return null;
    const weight = isHeading ? HEADINGS[level - 1] : undefined;
    if (weight !== undefined) {
      if (start > body) spans.push({ start: body, end: start, weight: BODY });
      spans.push({ start, end: at, weight });
      body = at;
    }
    line = at + 1;
  }
  if (length > body) spans.push({ start: body, end: length, weight: BODY });
  return spans;
}

/**
 * The prose of a CommonMark document as spans of the original text, in order, none overlapping. Words in headings,
 * emphasis, lists, link texts and image alternatives count for more; code, addresses and markup are left out.
 */
export function proseOf(reading: Reading): readonly Span[] {
  const { text } = reading;
  if (markupOf(reading) !== 'some') return [{ start: 0, end: text.length, weight: BODY }];
  return headingsOf(reading) ?? parse(text);
}

/** Made at the first text that needs it. */
const parser = once(loadParser);

/** The same by the parser, which takes any markdown. */
export function parse(markdown: string): readonly Span[] {
  const spans: Span[] = [];
  const weights: number[] = [BODY];
  let at = 0;
  const upTo = (end: number) => {
    if (end > at) spans.push({ start: at, end, weight: weights.at(-1) as number });
    at = Math.max(at, end);
  };
  parser()
    .parse(markdown)
    .iterate({
      enter: ({ name, from, to }) => {
        if (SKIPPED.has(name)) {
          upTo(from);
          at = Math.max(at, to);
          return false;
        }
        const weight = WEIGHTS[name];
        upTo(from);
        weights.push(Math.max(weight ?? BODY, weights.at(-1) as number));
        return true;
      },
      leave: ({ name, to }) => {
        if (SKIPPED.has(name)) return;
        upTo(to);
        weights.pop();
      },
    });
  upTo(markdown.length);
  return spans;
}
