import english from '#lexicon/en';
import french from '#lexicon/fr';
import { Classifier } from './classify.ts';

/** The classifier with the project's lexicons. */
export const openClassifier = (): Classifier => new Classifier({ fr: french, en: english });
