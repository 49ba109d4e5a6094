import english from '#lexicon/en';
import french from '#lexicon/fr';
import { Classifier } from './classify.ts';
import { readLexicon } from './compiled.ts';

/** The classifier with the project's lexicons. */
export const openClassifier = (): Classifier =>
  new Classifier({ fr: () => readLexicon(french()), en: () => readLexicon(english()) });
