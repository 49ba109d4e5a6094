import { parser } from '@lezer/markdown';

/** A stretch of the document that is read as text, with what its words count for. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

const BODY = 1;

/** What words count for in each kind of node; a node inside another takes the larger. */
const WEIGHTS: Readonly<Record<string, number>> = {
  ATXHeading1: 3,
  SetextHeading1: 3,
  ATXHeading2: 2,
  SetextHeading2: 2,
  ATXHeading3: 1.7,
  ATXHeading4: 1.5,
  ATXHeading5: 1.5,
  ATXHeading6: 1.5,
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
/** Letters that can be markup anywhere, and those that can be at the start of a line only. */
const ANYWHERE = 1;
const AT_LINE_START = 2;
const MARK = new Uint8Array(128);
for (const mark of '[]*_`<&\\') MARK[mark.charCodeAt(0)] = ANYWHERE;
for (const mark of '#>-+=0123456789\t') MARK[mark.charCodeAt(0)] = AT_LINE_START;

const NEWLINE = 10;
const BLANK = 32;
const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

/** How much markup a text may hold: none, some, or more than the parser takes in linear time. */
function markupOf(text: string): 'none' | 'some' | 'too much' {
  let all = 0;
  let block = 0;
  let lineStart = true;
  let indent = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === NEWLINE) {
      if (lineStart) block = 0;
      lineStart = true;
      indent = 0;
      continue;
    }
    if (lineStart && unit === BLANK) {
      if (++indent === 4) all++;
      continue;
    }
    const mark = unit < 128 ? (MARK[unit] as number) : 0;
    // A number and its dot may open a list inside a list, anywhere in the line.
    const isListNumber = (unit === 46 || unit === 41) && at > 0 && isDigit(text.charCodeAt(at - 1));
    if (mark === ANYWHERE || (mark === AT_LINE_START && lineStart)) {
      if (++all > MARKS_IN_ALL || ++block > MARKS_IN_A_BLOCK) return 'too much';
    } else if (isListNumber) {
      if (++block > MARKS_IN_A_BLOCK) return 'too much';
    } else if (unit !== 13) lineStart = false;
  }
  return all === 0 ? 'none' : 'some';
}

/**
 * The prose of a CommonMark document as spans of the original text, in order, none overlapping. Words in headings,
 * emphasis, lists, link texts and image alternatives count for more; code, addresses and markup are left out.
 */
export function proseOf(markdown: string): Span[] {
  if (markupOf(markdown) !== 'some') return [{ start: 0, end: markdown.length, weight: BODY }];
  const spans: Span[] = [];
  const weights: number[] = [BODY];
  let at = 0;
  const upTo = (end: number) => {
    if (end > at) spans.push({ start: at, end, weight: weights.at(-1) as number });
    at = Math.max(at, end);
  };
  parser.parse(markdown).iterate({
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
