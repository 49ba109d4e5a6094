import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openClassifier } from '../../shared/classification/open.ts';
import taxonomy from '../../shared/classification/taxonomy.json';

const classifier = openClassifier();
const classify = (content: string, language: 'en' | 'fr' = 'en') =>
  classifier.classify(content, { language });
const themeOf = (content: string) => classify(content).theme_id;

const WORDS = [
  'l’évaluation',
  'élèves',
  'DYSLEXIE',
  'stress',
  'gestion de classe',
  'climate change',
  '**',
  '# ',
  '\n\n',
  '`',
  '[a](b)',
  '\u200b',
  '😀',
  '\ud800',
  'enseignant·e·s',
  '«',
  '- ',
  '<b>',
  'œuvre',
];
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join(' ')),
);

describe('classification', () => {
  test('never throws, and every answer is well formed, on arbitrary text', () => {
    fc.assert(
      fc.property(anyText, (content) => {
        const { theme_id, defi, confidence, themes, defis, evidence } = classify(content);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        expect(themes[0]?.id ?? null).toBe(theme_id);
        expect(defis[0]?.id ?? 'none').toBe(defi);
        for (const list of [themes, defis]) {
          const scores = list.map(({ score }) => score);
          expect(scores).toEqual([...scores].sort((a, b) => b - a));
        }
        for (const { term, start, end, label } of evidence) {
          expect(content.slice(start, end)).toBe(term);
          expect(end).toBeGreaterThan(start);
          expect([...themes, ...defis].map(({ id }) => id)).toContain(label);
        }
      }),
      { seed: 20250701, numRuns: 1000 },
    );
  });

  test('gives the same answer to the same text, always', () => {
    const text = 'Gérer le stress des élèves et prévenir le harcèlement.';
    expect(classify(text)).toEqual(classify(text));
    expect(openClassifier().classify(text, { language: 'en' })).toEqual(classify(text));
  });

  test.each([
    [
      '# Teaching mathematics\n\nStrategies for differentiated learning...',
      'mathematics_education',
      'student_success',
    ],
    [
      '# La dyslexie en classe\n\nAménager les supports pour les élèves dys, avec l’AESH.',
      'special_needs',
      'inclusive_school',
    ],
    [
      '# L’école dehors\n\nObserver la biodiversité et trier les déchets avec les éco-délégués.',
      'sustainable_development',
      'ecological_transition',
    ],
    [
      '# Le harcèlement scolaire\n\nPrévenir le harcèlement et le cyberharcèlement entre élèves.',
      'school_climate',
      'psychosocial_skills',
    ],
    [
      '# Parcoursup\n\nPréparer son orientation et choisir un stage de troisième.',
      'career_guidance',
      'student_success',
    ],
  ])('files clear cases: %s', (text, theme, defi) => {
    expect(classify(text)).toMatchObject({ theme_id: theme, defi });
  });

  test.each([
    '',
    '   \n',
    '12 + 34 = 46',
    'Lorem ipsum dolor sit amet, consectetur adipiscing elit.',
    '```js\nconst stress = "dyslexie";\n```',
  ])('says none to %j', (text) => {
    expect(classify(text)).toEqual({
      theme: null,
      theme_id: null,
      defi: 'none',
      confidence: 0,
      themes: [],
      defis: [],
      evidence: [],
    });
  });

  test.each([
    ['upper case', 'LA DYSLEXIE'],
    ['no accents', 'la dyscalculie et la dyspraxie'],
    ['decomposed accents', 'la dyslexie et l’évaluation'.normalize('NFD')],
    ['an elision', 'd’une élève dyslexique'],
    ['inclusive writing', 'les élèves dyslexiques et les enseignant·e·s'],
    ['emphasis', 'la **dyslexie** à l’école'],
    ['a link', 'la [dyslexie](https://example.org/maths)'],
    ['a soft hyphen and a zero-width space', 'la dys\u00adle\u200bxie'],
  ])('reads through %s', (_, text) => {
    expect(themeOf(text)).toBe('special_needs');
  });

  test('reads neither code nor addresses', () => {
    expect(themeOf('`dyslexie`')).toBeNull();
    expect(themeOf('[ici](https://example.org/dyslexie "x")')).toBeNull();
    expect(themeOf('<https://example.org/dyslexie>')).toBeNull();
  });

  test('labels every theme and défi in both languages', () => {
    for (const { id, en, fr } of [...taxonomy.themes, ...taxonomy.defis])
      expect([id, en, fr].every((text) => text.length > 2)).toBe(true);
    expect(classify('la dyslexie', 'fr').theme).toBe('Élèves à besoins éducatifs particuliers');
  });
});

describe('text made to do harm', () => {
  const LENGTH = 200_000;
  const fill = (piece: string) => piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH);
  const cases: Record<string, string> = {
    brackets: fill('['),
    'links that never end': fill('[a]('),
    'list numbers in one line': fill('1. '),
    'emphasis that never ends': fill('*a'),
    'quotes in quotes': fill('> '),
    backticks: fill('`'),
    headings: fill('#\n'),
    'HTML that never ends': fill('<a '),
    'zero-width characters': fill('a\u200b'),
    'lone surrogates': fill('\ud800'),
    'right-to-left text': fill('\u202eאב '),
    emoji: fill('😀'),
    'inclusive endings': fill('é·e·s '),
    'one word': fill('a'),
    'known words only': fill('dyslexie '),
    'stop words only': fill('se '),
    'stop words that start terms': fill('on the at being until too what from '),
    'terms that need company': fill('fire burn out on drop stress '),
    'paragraphs of two words': fill('a b\n\n'),
    'lists in lists': Array.from({ length: 600 }, (_, i) => `${' '.repeat(i)}- a`).join('\n'),
  };

  /** Work, not seconds: steps grow with the square of the length in what this guards against, so a run of all cases would take minutes. */
  test.each(Object.keys(cases))(
    '%s are read to the end',
    (name) => {
      const { evidence } = classify(cases[name] as string);
      for (const { term, start, end } of evidence) expect(cases[name]?.slice(start, end)).toBe(term);
    },
    5_000,
  );
});
