import { type CompiledLexicon, readLexicon, writeLexicon } from '../shared/classification/compiled.ts';
import type { Compiled, Context, LexiconFile } from '../shared/classification/compile.ts';
import { read } from '../shared/classification/letters.ts';
import { match } from '../shared/classification/lexicon.ts';
import type { TextLanguage } from '../shared/classification/stop-words.ts';
import { tokenize, type Tokens } from '../shared/classification/scan.ts';
import { scoreLabels } from '../shared/classification/score.ts';
import { proseOf } from '../shared/classification/structure.ts';
import { LABEL_IDS } from '../shared/classification/taxonomy.ts';
import { parse, typedLines, UsageError } from './arguments.ts';
import { table } from './figures.ts';
import { say } from './progress.ts';
import { compiledLexicon, lexiconFiles, lexiconTexts } from './generate.ts';

const USAGE = 'npm run lexicon -- [--words] [CORPUS.jsonl]';
const WEIGHTS = [0.5, 1, 2, 3];

/** A lexicon with the terms it was made from, and as serving reads it. */
interface Linted extends Compiled {
  readonly lexicon: CompiledLexicon;
}

const lint = (compiled: Compiled): Linted => ({
  ...compiled,
  lexicon: readLexicon(writeLexicon(compiled.data)),
});

/** The words of a text. */
function tokensOf(text: string, { words }: CompiledLexicon): Tokens {
  const reading = read(text);
  return tokenize(reading, proseOf(reading), words);
}

/** True when the words of one phrase stand inside another. */
const within = (inner: readonly number[], words: readonly number[]): boolean =>
  words.some((_, from) => inner.every((word, index) => words[from + index] === word));

/** Phrases that count for a label in a text. */
function firing({ lexicon }: Linted, text: string, label: string): number[] {
  const tokens = tokensOf(text, lexicon);
  const scores = scoreLabels(match(tokens, lexicon), lexicon, tokens.count);
  return scores[LABEL_IDS.indexOf(label)]?.terms.map(({ phrase }) => phrase) ?? [];
}

/** What is wrong with a file's contexts: unknown terms, no condition, examples that do not do what they say. */
function contextProblems(linted: Linted, label: string, { terms, contexts }: LexiconFile): string[] {
  const phraseOf = (term: string) => linted.data.phrases.findIndex((phrase) => phrase.term === term);
  const wordsOf = (phrase: number) => linted.data.phrases[phrase]?.words ?? [];
  return contexts.flatMap(({ term, unless = [], requires = [], fires, silent }: Context) => {
    const problems: string[] = [];
    if (!(term in terms)) problems.push(`the context "${term}" is no term of the file`);
    if (unless.length + requires.length === 0)
      problems.push(`the context "${term}" neither cancels nor requires anything`);
    const both = unless.filter((phrase) => requires.includes(phrase));
    if (both.length > 0) problems.push(`the context "${term}" requires and forbids "${both.join(', ')}"`);
    const phrase = phraseOf(term);
    const words = wordsOf(phrase);
    // A longer term that holds this one speaks in its stead.
    if (phrase >= 0 && !firing(linted, fires, label).some((found) => within(words, wordsOf(found))))
      problems.push(`"${term}" does not fire in "${fires}"`);
    if (phrase >= 0 && firing(linted, silent, label).includes(phrase))
      problems.push(`"${term}" fires in "${silent}"`);
    return problems;
  });
}

/** Terms of one file that mean the same words, and weights that are none. */
function termProblems({ data }: Compiled, label: string, { terms }: LexiconFile): string[] {
  const words = new Map<string, string>();
  const place = LABEL_IDS.indexOf(label);
  const known = new Set(
    data.phrases.flatMap(({ term, signals }) =>
      signals.some((signal) => signal.label === place) ? [term] : [],
    ),
  );
  const same = Object.keys(terms).flatMap((term) => {
    const key = term
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[-\s]+/g, ' ');
    const other = words.get(key);
    words.set(key, term);
    return other === undefined ? [] : [`"${other}" and "${term}" are the same`];
  });
  const weights = Object.entries(terms).flatMap(([term, weight]) =>
    WEIGHTS.includes(weight) ? [] : [`"${term}" has the weight ${weight}`],
  );
  return [...same, ...weights, ...(known.size === 0 ? ['no term can ever count'] : [])];
}

/** Terms that stand twice in a file, by its label: JSON itself would take the last without a word. */
async function repeatedTerms(language: TextLanguage): Promise<Map<string, string[]>> {
  const texts = await lexiconTexts(language);
  return new Map(
    [...texts].map(([label, text]) => {
      const keys = [...text.matchAll(/^\s*("(?:[^"\\]|\\.)*")\s*:\s*[\d.]+\s*,?\s*$/gm)].map(
        ([, key]) => key,
      );
      const twice = new Set(keys.filter((key, index) => keys.indexOf(key) < index));
      return [label, [...twice].map((key) => `${key} stands twice`)];
    }),
  );
}

/** The texts of a corpus. */
async function textsOf(file: string): Promise<string[]> {
  return (await typedLines(file)).map(({ number, value: { text, content } }) => {
    const found = text ?? content;
    if (typeof found === 'string') return found;
    throw new UsageError(`${file}, line ${number}, has no "text".`);
  });
}

/** How much of a corpus the lexicon reaches, and the terms it never uses. */
function coverage(all: ReadonlyMap<TextLanguage, Linted>, texts: readonly string[]): void {
  const rows = [...all].map(([language, { data, lexicon }]) => {
    const fired = new Set<number>();
    let reached = 0;
    for (const text of texts) {
      const hits = match(tokensOf(text, lexicon), lexicon);
      if (hits.length > 0) reached++;
      for (const { phrase } of hits) fired.add(phrase);
    }
    const never = data.phrases.length - fired.size;
    return [language, String(texts.length), String(reached), String(fired.size), String(never)];
  });
  table(
    'On the corpus',
    ['language', 'texts', 'texts reached', 'terms that fire', 'terms that never do'],
    rows,
  );
}

/** Checks the lexicon files and prints what they hold; exit status 1 when something is wrong. */
export async function main(argv: string[]): Promise<void> {
  const { positionals, values } = parse(argv, { words: { type: 'boolean', default: false } }, USAGE, 1);
  const [corpus] = positionals;
  const texts = corpus === undefined ? [] : await textsOf(corpus);
  const all = new Map<TextLanguage, Linted>();
  let wrong = 0;
  for (const language of ['fr', 'en'] as const) {
    say(`Compiling ${language}, a few seconds …`);
    const files = await lexiconFiles(language);
    const repeated = await repeatedTerms(language);
    const linted = lint(await compiledLexicon(language));
    all.set(language, linted);
    const rows = [...files].map(([label, file]) => {
      const problems = [
        ...(repeated.get(label) ?? []),
        ...termProblems(linted, label, file),
        ...contextProblems(linted, label, file),
      ];
      for (const problem of problems) process.stderr.write(`${language}/${label}.json: ${problem}\n`);
      wrong += problems.length;
      return [
        `${language}/${label}`,
        String(Object.keys(file.terms).length),
        String(file.contexts.length),
        String(problems.length),
      ];
    });
    table(
      `Lexicon ${language}: ${linted.data.phrases.length} terms, ${linted.data.forms.length} words`,
      ['file', 'terms', 'contexts', 'problems'],
      rows,
    );
    const pairs = linted.collisions.map(([word, other]) => `${word} = ${other}`);
    const shown = values.words ? `: ${pairs.join(', ')}` : ' (--words shows them)';
    process.stdout.write(`${pairs.length} pairs of words became one because they share a form${shown}.\n`);
  }
  if (texts.length > 0) coverage(all, texts);
  if (wrong > 0) throw new UsageError(`${wrong} problems in the lexicon: see above.`);
}
