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
const MARK = new Uint8Array(128);
for (const mark of '[]()*_`<>!#&\\-+=~|:') MARK[mark.charCodeAt(0)] = 1;

/** True when the text holds more markup than the parser takes in linear time; then it is read as plain text. */
function isOverloaded(text: string): boolean {
  let all = 0;
  let block = 0;
  let lineStart = true;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 10) {
      if (lineStart) block = 0;
      lineStart = true;
    } else if (unit < 128 && (MARK[unit] === 1 || (lineStart && unit >= 48 && unit <= 57))) {
      if (++all > MARKS_IN_ALL || ++block > MARKS_IN_A_BLOCK) return true;
    } else if (unit !== 32 && unit !== 9 && unit !== 13) lineStart = false;
  }
  return false;
}

/**
 * The prose of a CommonMark document as spans of the original text, in order, none overlapping. Words in headings,
 * emphasis, lists, link texts and image alternatives count for more; code, addresses and markup are left out.
 */
export function proseOf(markdown: string): Span[] {
  if (isOverloaded(markdown)) return [{ start: 0, end: markdown.length, weight: BODY }];
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
