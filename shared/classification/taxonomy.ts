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

/** Every label id, themes first; compiled lexicons refer to labels by their place here. */
export const LABEL_IDS: readonly string[] = [...THEMES, ...DEFIS].map(({ id }) => id);
