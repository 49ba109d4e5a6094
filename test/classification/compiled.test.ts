import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Automaton, compileAutomaton, type Entry } from '../../shared/classification/automaton.ts';
import type { LexiconData, Signal } from '../../shared/classification/compile.ts';
import { readLexicon, writeLexicon } from '../../shared/classification/compiled.ts';
import { foldedCode } from '../../shared/classification/fold.ts';
import { read } from '../../shared/classification/letters.ts';
import { match } from '../../shared/classification/lexicon.ts';
import { tokenize } from '../../shared/classification/scan.ts';
import { parse, proseOf, type Span } from '../../shared/classification/structure.ts';
import french from '#lexicon/fr';

const SEED = 20250701;

/** The value of a sequence, walked state by state. */
function valueOf({ next, check }: Automaton<Uint16Array>, codes: readonly number[]): number {
  let base = 0;
  for (const code of codes) {
    if (check[base + code] !== code) return 0;
    base = next[base + code] as number;
  }
  return check[base] === 0 ? (next[base] as number) : 0;
}

describe('an automaton', () => {
  const sequence = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 });

  test('holds every sequence it was made from with its value, and no other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(sequence, fc.integer({ min: 1, max: 4 }))),
        fc.array(sequence),
        (entries: Entry[], others) => {
          const expected = new Map(entries.map(([codes, value]) => [codes.join(), value]));
          const automaton = compileAutomaton(entries, {
            codes: 6,
            root: 0,
            check: (size) => new Uint16Array(size),
          });
          for (const codes of [...entries.map(([codes]) => codes), ...others])
            expect(valueOf(automaton, codes)).toBe(expected.get(codes.join()) ?? 0);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('says so when it outgrows its cells', () => {
    const entries = Array.from({ length: 70_000 }, (_, index): Entry => [[index + 1], 1]);
    expect(() =>
      compileAutomaton(entries, { codes: 70_001, root: 0, check: (size) => new Uint16Array(size) }),
    ).toThrow(RangeError);
  });
});

describe('a compiled lexicon', () => {
  const WORDS = ['a', 'b', 'c', 'ab', 'ba', 'abc', 'abd', 'bac', 'cab', 'caba', 'oeuvre', 'b2'];
  const places = (most: number) => fc.uniqueArray(fc.nat({ max: most }), { maxLength: 3 });
  const signal = fc.record(
    {
      label: fc.nat({ max: 30 }),
      weight: fc.constantFrom(0.1, 0.5, 1, 2, 3),
      unless: places(5),
      requires: places(5),
    },
    { requiredKeys: ['label', 'weight'] },
  );
  const lexicon: fc.Arbitrary<LexiconData> = fc
    .tuple(fc.shuffledSubarray(WORDS, { minLength: 4 }), fc.nat({ max: 3 }))
    .chain(([words, stopWords]) => {
      const forms = words.flatMap((word, index) =>
        index % 2 === 0 ? [[word, words[index + 1] ?? 'd'].join(' ')] : [],
      );
      const phrase = fc.array(fc.integer({ min: 1, max: forms.length }), { minLength: 1, maxLength: 4 });
      return fc
        .uniqueArray(fc.tuple(phrase, fc.array(signal, { maxLength: 3 })), {
          maxLength: 12,
          selector: ([ids]) => ids.join(),
        })
        .map((phrases) => ({
          language: 'fr' as const,
          stopWords: Math.min(stopWords, forms.length),
          forms,
          phrases: phrases.map(([ids, signals]) => ({ term: '', words: ids, signals })),
        }));
    });

  test('gives back every signal of every phrase', () => {
    const whole = ({ label, weight, unless = [], requires = [] }: Signal) => ({
      label,
      weight,
      unless,
      requires,
    });
    fc.assert(
      fc.property(lexicon, (data) => {
        const { signals, labelOf, weightOf, weights, contextOf, contexts, conditions, stopWords } =
          readLexicon(writeLexicon(data));
        const list = (n: number) => [...conditions.subarray(contexts[n], contexts[n + 1])];
        const found = data.phrases.map((_, phrase) => {
          const [from = 0, to = 0] = signals.subarray(phrase, phrase + 2);
          return Array.from(labelOf.subarray(from, to), (label, index) => {
            const weight = weights[weightOf[from + index] as number];
            const context = contextOf[from + index] as number;
            return { label, weight, unless: list(2 * context), requires: list(2 * context + 1) };
          });
        });
        expect(found).toEqual(data.phrases.map((phrase) => phrase.signals.map(whole)));
        expect(stopWords).toBe(data.stopWords);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('is read alike wherever its bytes lie in memory', () => {
    const bytes = french();
    const moved = new Uint8Array(bytes.length + 3).subarray(3);
    moved.set(bytes);
    expect(JSON.stringify(readLexicon(moved))).toBe(JSON.stringify(readLexicon(bytes)));
  });

  /** The phrases in clauses of words, found by looking through all of them at every word. */
  function naive(
    { forms, phrases, stopWords }: LexiconData,
    clauses: readonly (readonly string[])[],
  ): string[] {
    const idOf = new Map(forms.flatMap((list, index) => list.split(' ').map((form) => [form, index + 1])));
    return clauses.flatMap((clause) => {
      const ids = clause.map((word) => idOf.get(word) ?? 0);
      const found: string[] = [];
      for (let first = 0; first < ids.length;) {
        let begun = phrases;
        let depth = 0;
        let passed = 0;
        let longest = { phrase: -1, end: first + 1 };
        for (let at = first; at < ids.length; at++) {
          const id = ids[at] as number;
          const going = begun.filter(({ words }) => words[depth] === id);
          if (going.length > 0) {
            begun = going;
            depth++;
            passed = 0;
            const whole = going.find(({ words }) => words.length === depth);
            if (whole) longest = { phrase: phrases.indexOf(whole), end: at + 1 };
          } else if (depth === 0 || id === 0 || id > stopWords || ++passed > 10) break;
        }
        const { phrase, end } = longest;
        if (phrase >= 0) found.push(`${phrase}: ${clause.slice(first, end).join(' ')}`);
        first = end;
      }
      return found;
    });
  }

  test('finds in any text what looking for each term in turn finds', () => {
    const clause = fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...WORDS) }, fc.constant('zz')),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(lexicon, fc.array(clause, { minLength: 1, maxLength: 4 }), (data, clauses) => {
        const text = clauses.map((words) => words.join(' ')).join(', ');
        const compiled = readLexicon(writeLexicon(data));
        const tokens = tokenize(read(text), [{ start: 0, end: text.length, weight: 1 }], compiled.words);
        const found = match(tokens, compiled);
        expect(found.map(({ phrase, start, end }) => `${phrase}: ${text.slice(start, end)}`)).toEqual(
          naive(data, clauses),
        );
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});

describe('reading', () => {
  test('folds every code unit as the rules say', () => {
    const text = Array.from({ length: 65_536 }, (_, unit) => String.fromCharCode(unit)).join('');
    const expected = Uint8Array.from({ length: 65_536 }, (_, unit) => foldedCode(unit));
    expect(read(text).codes.subarray(0, 65_536)).toEqual(expected);
  });

  test('sees the same words with or without the parser, as far as headings are the only markup', () => {
    const line = fc
      .tuple(
        fc.constantFrom('', '', ' ', '   ', '    '),
        fc.constantFrom(
          '',
          '',
          '# ',
          '## ',
          '### ',
          '###### ',
          '####### ',
          '#',
          '##\t',
          '10 ',
          '1. ',
          '- ',
          '~~~',
        ),
        fc.array(
          fc.constantFrom('élève', 'l’école', '#', '##', '1.', '-', '+', '=', '!', '(e)s', 'été.', ' '),
        ),
        fc.constantFrom('', '', ' #', ' ##  ', '  ', '\\', '\r'),
      )
      .map(([indent, opening, words, closing]) => indent + opening + words.join(' ') + closing);
    const { words } = readLexicon(french());
    const wordsIn = (text: string, spans: (text: string) => readonly Span[]) => {
      const { ids, starts, ends, weights, clauses, sentences, count } = tokenize(
        read(text),
        spans(text),
        words,
      );
      return [ids, starts, ends, weights, clauses, sentences].map((array) => [...array.subarray(0, count)]);
    };
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const text = `# titre\n${lines.join('\n')}`;
        expect(wordsIn(text, (given) => proseOf(read(given)))).toEqual(wordsIn(text, parse));
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});
