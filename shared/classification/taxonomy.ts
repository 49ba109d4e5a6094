import taxonomy from './taxonomy.json' with { type: 'json' };

/** A theme or défi with its labels in both languages. */
export interface Label {
  readonly id: string;
  readonly en: string;
  readonly fr: string;
}

/** The id that says a text carries no priority challenge. */
export const NO_DEFI = 'none';

const label = ({ id, en, fr }: Label): Label => ({ id, en, fr });

export const THEMES: readonly Label[] = taxonomy.themes.map(label);
/** The five défis; `none` is the answer when none of them fits, not a label of its own. */
export const DEFIS: readonly Label[] = taxonomy.defis.filter(({ id }) => id !== NO_DEFI).map(label);

/** Not an answer but a question asked of every text: does it speak of school at all? */
export const SCHOOL = 'school';

/** Every label a lexicon may speak for, themes first; compiled lexicons refer to labels by their place here. */
export const LABEL_IDS: readonly string[] = [...[...THEMES, ...DEFIS].map(({ id }) => id), SCHOOL];

/**
 * Défis that a theme speaks for by itself: its score adds to theirs. Themes that carry no challenge of their own, such
 * as arts or languages, stand for none.
 */
export const DEFI_OF_THEME: Readonly<Record<string, string>> = {
  sustainable_development: 'ecological_transition',
  special_needs: 'inclusive_school',
  social_emotional_skills: 'psychosocial_skills',
  school_climate: 'psychosocial_skills',
  cooperation: 'psychosocial_skills',
  teacher_wellbeing: 'mental_health',
  motivation_engagement: 'student_success',
  assessment: 'student_success',
  differentiation: 'student_success',
  career_guidance: 'student_success',
  learning_to_learn: 'student_success',
  mathematics_education: 'student_success',
  french_literacy: 'student_success',
};
