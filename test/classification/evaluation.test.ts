import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { accuracy, confusion, macroF1, peculiar, perLabel, silenced } from '../../scripts/evaluation.ts';
import { readLexicon, writeLexicon } from '../../shared/classification/compiled.ts';
import { match } from '../../shared/classification/lexicon.ts';
import { read } from '../../shared/classification/letters.ts';
import { openClassifier } from '../../shared/classification/open.ts';
import { tokenize } from '../../shared/classification/scan.ts';
import { scoreLabels } from '../../shared/classification/score.ts';
import { proseOf } from '../../shared/classification/structure.ts';

const classifier = openClassifier();
const lines = <T>(name: string): T[] =>
  readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
const share = (right: number, of: number) => right / of;

describe('the classifier', () => {
  test.each(['english.jsonl', 'english-short.jsonl'])(
    'finds an acceptable theme for nine of ten in %s',
    (name) => {
      const texts = lines<{ content: string; themes: string[] }>(name);
      const right = texts.filter(({ content, themes }) =>
        themes.includes(classifier.classify(content, { language: 'en' }).theme_id ?? ''),
      );
      expect(texts.length).toBeGreaterThanOrEqual(60);
      expect(share(right.length, texts.length)).toBeGreaterThanOrEqual(0.9);
    },
  );

  test('forces no défi on school life and plain lessons', () => {
    const texts = lines<{ content: string }>('no-challenge.jsonl');
    const none = texts.filter(
      ({ content }) => classifier.classify(content, { language: 'fr' }).defi === 'none',
    );
    expect(share(none.length, texts.length)).toBeGreaterThanOrEqual(0.95);
  });

  test('says none to nineteen of twenty unrelated texts', () => {
    const texts = lines<{ content: string }>('unrelated.jsonl');
    const none = texts.filter(({ content }) => {
      const { theme_id, defi } = classifier.classify(content, { language: 'en' });
      return theme_id === null && defi === 'none';
    });
    expect(texts.length).toBeGreaterThanOrEqual(40);
    expect(share(none.length, texts.length)).toBeGreaterThanOrEqual(0.95);
  });
});

describe('the figures', () => {
  const judged = [
    ['a', 'a'],
    ['a', 'b'],
    ['b', 'b'],
    ['b', 'b'],
    ['c', 'none'],
  ].map(([truth = '', answer = '']) => ({ truth, answer, confidence: 0.5 }));

  test('accuracy is the share of right answers', () => {
    expect(accuracy(judged)).toBe(0.6);
    expect(accuracy([])).toBe(0);
  });

  test('precision, recall and F1 are by label, for labels that a text has', () => {
    expect(
      perLabel(judged).map(({ label, precision, recall, f1 }) => [
        label,
        precision,
        recall,
        Number(f1.toFixed(3)),
      ]),
    ).toEqual([
      ['a', 1, 0.5, 0.667],
      ['b', 2 / 3, 1, 0.8],
      ['c', 0, 0, 0],
    ]);
  });

  test('macro-F1 is the mean over these labels', () => {
    expect(macroF1(judged)).toBeCloseTo((2 / 3 + 0.8) / 3);
    expect(macroF1([])).toBe(0);
  });

  test('terms are peculiar to a text when too few others have them', () => {
    const fired = [new Set([1, 2, 3]), new Set([2, 3]), new Set([3, 4])];
    expect(peculiar(fired, 1)).toEqual([new Set([1]), new Set(), new Set([4])]);
    expect(peculiar(fired, 2)).toEqual([new Set([1, 2]), new Set([2]), new Set([4])]);
  });

  test('a silenced term says nothing, and the others keep their places', () => {
    const phrase = (term: string, word: number) => ({
      term,
      words: [word],
      signals: [{ label: word, weight: 3 }],
    });
    const phrases = [phrase('chat', 1), phrase('chien', 2)];
    const lexicon = readLexicon(
      writeLexicon({ language: 'fr', stopWords: 0, forms: ['chat', 'chien'], phrases }),
    );
    const labelsIn = (one: typeof lexicon) => {
      const reading = read('chat chien');
      const tokens = tokenize(reading, proseOf(reading), one.words);
      return scoreLabels(match(tokens, one), one, 2).flatMap((scored, label) =>
        scored && label < 200 ? [label] : [],
      );
    };
    expect(labelsIn(lexicon)).toEqual([1, 2]);
    expect(labelsIn(silenced(lexicon, new Set([0])))).toEqual([2]);
    expect(labelsIn(lexicon)).toEqual([1, 2]);
  });

  test('the confusion matrix has true labels by row', () => {
    expect(confusion(judged)).toEqual({
      labels: ['a', 'b', 'c', 'none'],
      counts: [
        [1, 1, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
      ],
    });
  });
});
