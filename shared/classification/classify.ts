import { confidenceOf, CURVES } from './confidence.ts';
import { type CompiledLexicon, LANGUAGES } from './compiled.ts';
import { detectLanguage } from './language.ts';
import type { TextLanguage } from './stop-words.ts';
import { type Reading, read } from './letters.ts';
import { match } from './lexicon.ts';
import { tokenize } from './scan.ts';
import { type Scored, scoreLabels, type Scores, type Term } from './score.ts';
import { proseOf, type Span } from './structure.ts';
import { DEFI_OF_THEME, DEFIS, type Label, LABEL_IDS, NO_DEFI, SCHOOL, THEMES } from './taxonomy.ts';

export interface RankedLabel {
  readonly id: string;
  readonly label: string;
  readonly score: number;
}

/** A place in the text that speaks for a label; `start` and `end` count UTF-16 code units of the text submitted. */
export interface Evidence {
  readonly term: string;
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

export interface Classification {
  readonly theme: string | null;
  readonly theme_id: string | null;
  readonly defi: string;
  /** How sure the défi is, or the theme where there is no défi, 0…1. */
  readonly confidence: number;
  readonly themes: readonly RankedLabel[];
  readonly defis: readonly RankedLabel[];
  readonly evidence: readonly Evidence[];
}

export interface ClassifyOptions {
  /** Language of the labels replied. */
  readonly language: 'en' | 'fr';
  /** Language of the text, when the caller knows it. */
  readonly textLanguage?: TextLanguage;
}

/** Least raw score of an answer, and what its terms must weigh together: a word or two of a text on something else are likelier chance. */
const THRESHOLD = { school: { raw: 0.45, weights: 0 }, elsewhere: { raw: 1.3, weights: 3 } };
/** Raw score at which a text speaks of school. */
const SPEAKS_OF_SCHOOL = 0.5;
/** How much of a theme's score adds to the défi it stands for. */
const LINK = 0.2;
/** Least share of the first theme's score that a défi must reach, where that theme does not stand for it: a text about painting that says "share" once carries no défi. */
const LEAST_SHARE = 0.3;
/** Raw score at which a label's score is a half. */
const HALF = 3;
const LABELS_SHOWN = 5;
const TERMS_SHOWN = 5;

/** A label with what was found for it. */
interface Ranked {
  readonly label: Label;
  readonly found: Scored;
}

/** Confidence of the first of some ranked labels. */
const sureness = ([first, second]: readonly Ranked[], curve: (typeof CURVES)[keyof typeof CURVES]): number =>
  confidenceOf(curve, first?.found.raw ?? 0, second?.found.raw ?? 0);

/** True when the first défi is what the text is about, not something it touches on. */
function carries([theme]: readonly Ranked[], [defi]: readonly Ranked[]): boolean {
  if (!theme || !defi || DEFI_OF_THEME[theme.label.id] === defi.label.id) return true;
  return defi.found.raw >= LEAST_SHARE * theme.found.raw;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

const SCHOOL_LABEL = LABEL_IDS.indexOf(SCHOOL);

/** Themes and the défis they stand for, by their places in LABEL_IDS. */
const LINKS = Object.entries(DEFI_OF_THEME).map(
  ([theme, defi]) => [LABEL_IDS.indexOf(theme), LABEL_IDS.indexOf(defi)] as const,
);

/** Raises each défi's score by the themes that stand for it, but makes none of them alone; their terms become its evidence as well. */
function link(scores: Scores): Scores {
  for (const [theme, defi] of LINKS) {
    const [from, own] = [scores[theme], scores[defi]];
    if (!from || !own) continue;
    own.raw += LINK * from.raw;
    const known = own.terms.length;
    for (const { phrase, weight, gain, first } of from.terms) {
      let at = 0;
      while (at < known && (own.terms[at] as Term).phrase !== phrase) at++;
      if (at === known) own.terms.push({ phrase, weight, gain: LINK * gain, first });
    }
  }
  return scores;
}

type Threshold = (typeof THRESHOLD)[keyof typeof THRESHOLD];

const reaches = ({ raw, terms }: Scored, threshold: Threshold): boolean =>
  raw >= threshold.raw &&
  (threshold.weights === 0 || terms.reduce((sum, { weight }) => sum + weight, 0) >= threshold.weights);

/** The labels that reach a threshold, best first; ties go to the one that stands first in the taxonomy. */
function rank(labels: readonly Label[], offset: number, scores: Scores, threshold: Threshold): Ranked[] {
  const ranked: Ranked[] = [];
  for (let index = 0; index < labels.length; index++) {
    const found = scores[offset + index];
    if (found && reaches(found, threshold)) ranked.push({ label: labels[index] as Label, found });
  }
  // The sort is stable.
  return ranked.sort((a, b) => b.found.raw - a.found.raw).slice(0, LABELS_SHOWN);
}

/** Classifies texts by compiled lexicons. The same text gives the same answer, always. */
export class Classifier {
  private readonly loaded = new Map<TextLanguage, CompiledLexicon>();

  /** @param load a language's lexicon; called at the first text of that language */
  constructor(private readonly load: Readonly<Record<TextLanguage, () => CompiledLexicon>>) {}

  private lexicon(language: TextLanguage): CompiledLexicon {
    const known = this.loaded.get(language);
    if (known) return known;
    const lexicon = this.load[language]();
    this.loaded.set(language, lexicon);
    return lexicon;
  }

  /** Themes and défis of a markdown text, best first, with the places that speak for them. Never throws. */
  classify(content: string, { language, textLanguage }: ClassifyOptions): Classification {
    const reading = read(content);
    const spans = proseOf(reading);
    const detected = textLanguage ?? detectLanguage(reading, spans);
    const scores = link(
      detected === null ? this.either(reading, spans) : this.scores(reading, spans, detected),
    );
    const speaksOfSchool = (scores[SCHOOL_LABEL]?.raw ?? 0) >= SPEAKS_OF_SCHOOL;
    const threshold = speaksOfSchool ? THRESHOLD.school : THRESHOLD.elsewhere;
    const themes = rank(THEMES, 0, scores, threshold);
    const found = rank(DEFIS, THEMES.length, scores, threshold);
    const defis = carries(themes, found) ? found : [];
    const shown = ({ label, found }: Ranked): RankedLabel => ({
      id: label.id,
      label: label[language],
      score: rounded(found.raw / (found.raw + HALF)),
    });
    const [theme] = themes;
    const [defi] = defis;
    return {
      theme: theme?.label[language] ?? null,
      theme_id: theme?.label.id ?? null,
      defi: defi?.label.id ?? NO_DEFI,
      confidence: rounded(sureness(defi ? defis : themes, defi ? CURVES.defi : CURVES.theme)),
      themes: themes.map(shown),
      defis: defis.map(shown),
      evidence: evidenceOf(content, [...themes, ...defis]),
    };
  }

  private scores(reading: Reading, spans: readonly Span[], language: TextLanguage): Scores {
    const lexicon = this.lexicon(language);
    const tokens = tokenize(reading, spans, lexicon.words);
    return scoreLabels(match(tokens, lexicon), lexicon, tokens.count);
  }

  /** Both languages, each label by the one that says more of it: for texts too short to tell. */
  private either(reading: Reading, spans: readonly Span[]): Scores {
    const [best = [], ...others] = LANGUAGES.map((language) => this.scores(reading, spans, language));
    for (const scores of others) {
      scores.forEach((one, label) => {
        if (one && one.raw > (best[label]?.raw ?? 0)) best[label] = one;
      });
    }
    return best;
  }
}

/** The first place of each of the labels' strongest terms, in the order of the text. */
function evidenceOf(content: string, ranked: readonly Ranked[]): Evidence[] {
  const evidence: Evidence[] = [];
  for (const { label, found } of ranked) {
    const strongest = found.terms
      .sort((a, b) => b.gain - a.gain || a.first.start - b.first.start)
      .slice(0, TERMS_SHOWN)
      .sort((a, b) => a.first.start - b.first.start);
    for (const { first } of strongest) {
      const { start, end } = first;
      evidence.push({ term: content.slice(start, end), label: label.id, start, end });
    }
  }
  return evidence;
}
