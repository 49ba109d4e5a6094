import { EXAMPLES } from '../../shared/features/grammar.ts';

/** A cell or meaning as it is shown: blanks and letters of other scripts by their numbers. */
const shown = (text: string): string =>
  `\`${[...text]
    .map((letter) =>
      /[ -~\p{L}]/u.test(letter) && letter !== '|'
        ? letter
        : `U+${letter.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`,
    )
    .join('')}\``;

const WORDS: Readonly<Record<string, string>> = {
  error: 'ends the run',
  unreadable: 'unreadable',
  malformed: 'malformed',
};

function meaningOf(kind: string, meaning: string | number | null): string {
  if (meaning === null) return kind === 'time' ? 'unreadable' : kind === 'integer' ? 'no integer' : 'nothing';
  return WORDS[meaning] ?? (kind === 'json' ? 'an array' : shown(String(meaning)));
}

/** The examples of the grammar as a table of the README: a row a kind, cells of the same meaning together. */
export function grammarTable(): string {
  const rows = Object.entries(EXAMPLES).map(([kind, examples]) => {
    const byMeaning = new Map<string, string[]>();
    for (const [cell, meaning] of examples) {
      const word = meaningOf(kind, meaning);
      byMeaning.set(word, [...(byMeaning.get(word) ?? []), cell === '' ? 'an empty cell' : shown(cell)]);
    }
    const list = [...byMeaning].map(([word, cells]) => `${cells.join(', ')}: ${word}`).join(' · ');
    return `| ${kind} | ${list} |`;
  });
  return ['| kind | cells, and what they mean |', '| --- | --- |', ...rows].join('\n');
}
