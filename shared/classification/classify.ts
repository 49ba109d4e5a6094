import { confidenceOf, CURVES } from './confidence.ts';
import { detectLanguage, type TextLanguage } from './language.ts';
import { type Hit, Lexicon } from './lexicon.ts';
import type { LexiconData } from './compile.ts';
import { tokenize } from './scan.ts';
import { type Scored, scoreLabels } from './score.ts';
import { proseOf } from './structure.ts';
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

/** Scores with each défi's raised by the themes that stand for it; their terms become its evidence as well. */
function linked(scored: readonly Scored[]): Scored[] {
  const byLabel = new Map(scored.map((one) => [one.label, one]));
  for (const [theme, defi] of Object.entries(DEFI_OF_THEME)) {
    const from = byLabel.get(LABEL_IDS.indexOf(theme));
    if (!from) continue;
    const label = LABEL_IDS.indexOf(defi);
    const own = byLabel.get(label);
    if (!own) continue;
    const known = new Set(own.terms.map(({ phrase }) => phrase));
    const added = from.terms
      .filter(({ phrase }) => !known.has(phrase))
      .map((term) => ({ ...term, gain: LINK * term.gain }));
    byLabel.set(label, { label, raw: own.raw + LINK * from.raw, terms: [...own.terms, ...added] });
  }
  return [...byLabel.values()];
}

/** Classifies texts by compiled lexicons. The same text gives the same answer, always. */
export class Classifier {
  private readonly loaded = new Map<TextLanguage, Lexicon>();

  /** @param load makes a language's lexicon data; called at the first text of that language */
  constructor(private readonly load: Readonly<Record<TextLanguage, () => LexiconData>>) {}

  private lexicon(language: TextLanguage): Lexicon {
    const known = this.loaded.get(language);
    if (known) return known;
    const lexicon = new Lexicon(this.load[language]());
    this.loaded.set(language, lexicon);
    return lexicon;
  }

  /** Themes and défis of a markdown text, best first, with the places that speak for them. Never throws. */
  classify(content: string, { language, textLanguage }: ClassifyOptions): Classification {
    const spans = proseOf(content);
    const detected = textLanguage ?? detectLanguage(content, spans);
    const scored = linked(
      detected === null ? this.either(content, spans) : this.scores(content, spans, detected),
    );
    const speaksOfSchool = (scored.find(({ label }) => label === SCHOOL_LABEL)?.raw ?? 0) >= SPEAKS_OF_SCHOOL;
    const threshold = speaksOfSchool ? THRESHOLD.school : THRESHOLD.elsewhere;
    const ranked = (labels: readonly Label[], offset: number) =>
      labels
        .flatMap((label, index) => {
          const found = scored.find((one) => one.label === offset + index);
          const weights = found?.terms.reduce((sum, { weight }) => sum + weight, 0) ?? 0;
          return found && found.raw >= threshold.raw && weights >= threshold.weights
            ? [{ label, found }]
            : [];
        })
        // Ties go to the label that stands first in the taxonomy: the sort is stable.
        .sort((a, b) => b.found.raw - a.found.raw)
        .slice(0, LABELS_SHOWN);
    const themes = ranked(THEMES, 0);
    const found = ranked(DEFIS, THEMES.length);
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
      evidence: [...themes, ...defis].flatMap(({ label, found }) => evidenceOf(content, label.id, found)),
    };
  }

  private scores(content: string, spans: ReturnType<typeof proseOf>, language: TextLanguage): Scored[] {
    const lexicon = this.lexicon(language);
    const tokens = tokenize(content, spans, lexicon.words);
    return scoreLabels(lexicon.match(tokens), lexicon.data, tokens.count);
  }

  /** Both languages, each label by the one that says more of it: for texts too short to tell. */
  private either(content: string, spans: ReturnType<typeof proseOf>): Scored[] {
    const best = new Map<number, Scored>();
    for (const language of ['fr', 'en'] as const) {
      for (const one of this.scores(content, spans, language)) {
        if (one.raw > (best.get(one.label)?.raw ?? 0)) best.set(one.label, one);
      }
    }
    return [...best.values()];
  }
}

/** The first place of each of a label's strongest terms, in the order of the text. */
function evidenceOf(content: string, label: string, { terms }: Scored): Evidence[] {
  return [...terms]
    .sort((a, b) => b.gain - a.gain || (a.hits[0] as Hit).start - (b.hits[0] as Hit).start)
    .slice(0, TERMS_SHOWN)
    .map(({ hits }) => hits[0] as Hit)
    .sort((a, b) => a.start - b.start)
    .map(({ start, end }) => ({ term: content.slice(start, end), label, start, end }));
}
