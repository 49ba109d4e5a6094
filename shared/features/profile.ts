/** Where a level is taught: which niveaux it belongs to, and whether it makes a teacher of degré 1 or 2. */
export interface Level {
  readonly degre: 1 | 2 | null;
  readonly niveaux: readonly Niveau[];
}

export const NIVEAUX = ['maternelle', 'elementaire', 'college', 'lycee', 'lycee_pro', 'autre'] as const;
export type Niveau = (typeof NIVEAUX)[number];

/** Teacher trainers and inspectors are of degré 3 whatever else they declare. */
export const TRAINER_LEVEL = 'Formateur-trice /Inspecteur-trice';

const level = (degre: Level['degre'], ...niveaux: Niveau[]): Level => ({ degre, niveaux });

/** Every level of `json_niveau` that counts; all others are ignored. */
export const LEVELS: Readonly<Record<string, Level>> = {
  TPS: level(1, 'maternelle'),
  PS: level(1, 'maternelle'),
  MS: level(1, 'maternelle'),
  GS: level(1, 'maternelle'),
  CP: level(1, 'elementaire'),
  CE1: level(1, 'elementaire'),
  CE2: level(1, 'elementaire'),
  CM1: level(1, 'elementaire'),
  CM2: level(1, 'elementaire'),
  Direction: level(1, 'maternelle', 'elementaire'),
  ASH: level(1, 'maternelle', 'elementaire'),
  '6e': level(2, 'college'),
  '5e': level(2, 'college'),
  '4e': level(2, 'college'),
  '3e': level(2, 'college'),
  SEGPA: level(2, 'college'),
  '2nde': level(2, 'lycee'),
  '1ère': level(2, 'lycee'),
  Terminale: level(2, 'lycee'),
  'Professeur-e documentaliste': level(2, 'college', 'lycee'),
  'Bac Pro': level(2, 'lycee_pro'),
  CAP: level(2, 'lycee_pro'),
  'POST BAC': level(2, 'autre'),
  [TRAINER_LEVEL]: level(null, 'autre'),
};

/** Legacy names of levels that older accounts still hold. */
export const LEVEL_ALIASES: Readonly<Record<string, string>> = {
  'Études supérieures': 'POST BAC',
  'Enseignement spécialisé': 'ASH',
};

/** The 30 académies and the départements they cover, by the first two characters of a postal code (three overseas). */
export const ACADEMIES: Readonly<Record<string, readonly string[]>> = {
  'Aix-Marseille': ['04', '05', '13', '84'],
  Amiens: ['02', '60', '80'],
  Besançon: ['25', '39', '70', '90'],
  Bordeaux: ['24', '33', '40', '47', '64'],
  'Clermont-Ferrand': ['03', '15', '43', '63'],
  Corse: ['20', '2A', '2B'],
  Créteil: ['77', '93', '94'],
  Dijon: ['21', '58', '71', '89'],
  Grenoble: ['07', '26', '38', '73', '74'],
  Lille: ['59', '62'],
  Limoges: ['19', '23', '87'],
  Lyon: ['01', '42', '69'],
  Montpellier: ['11', '30', '34', '48', '66'],
  'Nancy-Metz': ['54', '55', '57', '88'],
  Nantes: ['44', '49', '53', '72', '85'],
  Nice: ['06', '83'],
  Normandie: ['14', '27', '50', '61', '76', '975'],
  'Orléans-Tours': ['18', '28', '36', '37', '41', '45'],
  Paris: ['75'],
  Poitiers: ['16', '17', '79', '86'],
  Reims: ['08', '10', '51', '52'],
  Rennes: ['22', '29', '35', '56'],
  Strasbourg: ['67', '68'],
  Toulouse: ['09', '12', '31', '32', '46', '65', '81', '82'],
  Versailles: ['78', '91', '92', '95'],
  Guadeloupe: ['971'],
  Guyane: ['973'],
  'La Réunion': ['974'],
  Martinique: ['972'],
  Mayotte: ['976'],
};

/**
 * Years of service: those declared at sign-up and those since, as far as the data goes. Null when it is not known when
 * the user signed up; never negative.
 * @param asOfYear the year in which the served data end
 */
export function ancienneteOf(
  declaredYears: number | null,
  createdYear: number | null,
  asOfYear: number,
): number | null {
  return createdYear === null ? null : Math.max(0, (declaredYears ?? 0) + asOfYear - createdYear);
}
