import type { Dirt } from './dirt.ts';

/** Texts that are no JSON arrays, in which a careless reader may see one. */
export const MALFORMED: readonly string[] = [
  "['CP']",
  '["CP",]',
  '[,"CP"]',
  '["CP",,"CE1"]',
  '[NaN]',
  '[nan]',
  '[Infinity]',
  '[-Infinity]',
  '[CP]',
  'CP',
  'CP,CE1',
  '"CP"',
  '42',
  'true',
  'nan',
  'None',
  '[None]',
  '[True]',
  '[undefined]',
  '{"a":"CP"}',
  '{}',
  '"[\\"CP\\"]"',
  '[',
  ']',
  '[]]',
  '["CP"',
  '["CP"]]',
  '["CP"] x',
  '["CP"],["CE1"]',
  '["CP"};',
  '["CP" "CE1"]',
  '["CP";"CE1"]',
  '["CP\nCE1"]',
  '["CP\r\nCE1"]',
  '["CP\tCE1"]',
  '["CP", // classe\n"CE1"]',
  '/* classes */["CP"]',
  '# classes\n["CP"]',
  '["CP", /* classe */ "CE1"]',
  '["\\ud800"]',
  '["\\uDC00\\uD800"]',
  '["CP","6e \\ud83d"]',
  '[{"\\ud800":1}]',
  '[["a",{"b":"\\udfff"}]]',
  '["\\x41"]',
  '["\\u12"]',
  '["\\u{43}P"]',
  '["\\CP"]',
  '["CP\\"]',
  '[\'CP", "CE1\']',
  '[01]',
  '[1.]',
  '[.5]',
  '[+1]',
  '[-]',
  '[1e]',
  '[0x1F]',
  '[1_0]',
  '[tru]',
  '[TRUE]',
  '[Null]',
  '[\u00a0"CP"]',
  '["CP"\u2028]',
  '[\ufeff"CP"]',
  '[\f"CP"]',
  '[“CP”]',
  '[{"academie":"Ly',
  '[{"academie":"Lyon",}]',
  '[{academie:"Lyon"}]',
  "[{'academie':'Lyon'}]",
  '[{"academie"="Lyon"}]',
  '[{"academie":"Lyon" "code_postal":"69001"}]',
  'a:1:{i:0;s:2:"CP";}',
  '[object Object]',
];

/** Arrays that are read although they look odd. */
const ODD_ARRAYS = [
  '[]',
  ' [ ] ',
  '[null]',
  '[null,"CP"]',
  '[1,2]',
  '[-0,"6e"]',
  '[1e5,"CP"]',
  '[true,"CP"]',
  '[["CP"]]',
  '[{"nom":"CP"}]',
  '[ "CP" ,\n\t"CE1"\r\n]',
  '["\\u0043P"]',
  '["CP","\\ud83d\\ude00"]',
  '["CP","😀"]',
  '["CP\\/CE1","6e"]',
  '["\\u0000CP","6e"]',
  '["1e\\u0300re"]',
  '["CP","CP","6e"]',
  '["6e","6e","CP"]',
  '["",""]',
];

const LEVELS = [
  ...'TPS,PS,MS,GS,CP,CE1,CE2,CM1,CM2,Direction,ASH,6e,5e,4e,3e,2nde,1ère,Terminale,Bac Pro,CAP,SEGPA'.split(
    ',',
  ),
  'Professeur-e documentaliste',
  'POST BAC',
  'Formateur-trice /Inspecteur-trice',
  'Études supérieures',
  'Enseignement spécialisé',
  'Études supérieures'.normalize('NFD'),
  '1ère'.normalize('NFD'),
  'Enseignement spécialisé'.normalize('NFD'),
];

/** Names of levels that are not known, legacy ones and near misses. */
const NO_LEVELS = [
  'Maternelle',
  'Élémentaire',
  'Collège',
  'Lycée',
  'cp',
  'Cp',
  'CE 1',
  '6ème',
  '6e\u200b',
  '1ere',
  'terminale',
  'BAC PRO',
  'post bac',
  'Etudes supérieures',
  'études supérieures',
  'Formateur-trice/Inspecteur-trice',
  '',
  'NR',
  'null',
];

const DISCIPLINES = [
  'SVT',
  'Histoire-géographie',
  'Éducation physique et sportive',
  ' Lettres ',
  '\tMathématiques\u00a0',
  'Langues, "vivantes"',
  "Arts plastiques, l'image",
  'Anglais\nEspagnol',
  'NR',
  'nr',
  ' Nr ',
  '',
  '  ',
];
const ODD_DISCIPLINES = [
  '[5,"SVT"]',
  '[null,"SVT"]',
  '[false]',
  '[["SVT"]]',
  '[{"nom":"SVT"}]',
  '[]',
  '["\\u00c9PS"]',
  '["SVT","\\ud83d\\ude00"]',
  '[ "SVT" ]',
];

const ACADEMIES = [
  '"Lyon"',
  '"Nancy-Metz"',
  '" Créteil "',
  '"Clermont-Ferrand\\u00a0"',
  '"Aix-Marseille, \\"site Nord\\""',
  '"L\'Étranger"',
  '"Orléans\\nTours"',
  '"Cr\\u00e9teil"',
  '"\\ud83d\\ude00"',
  '"NR"',
  '"nr"',
  '" Nr "',
  '""',
  '"  "',
  'null',
  'true',
  '12',
  '["Lyon"]',
  '{"nom":"Lyon"}',
];
const SCHOOL_CODES = ['69001', '1280', '75', '97110', '69001.0', '0', 'null', 'true', '[]', '{"a":1}'];
const ODD_SCHOOLS = [
  '[]',
  '[null]',
  '["Lyon"]',
  '[5]',
  '[[{"academie":"Lyon"}]]',
  '[{}]',
  '[null,{"academie":"Lyon"}]',
  '[{"Academie":"Lyon"}]',
  '[{" academie":"Lyon"}]',
  '[{"académie":"Lyon"}]',
  '[{"codePostal":"69001"}]',
  '[{"acad\\u0065mie":"Lyon"}]',
  '[ {"type" : "École" ,\n "academie" : "Nice"} ]',
  '[{"ecole":{"academie":"Lyon"},"code_postal":"06000"}]',
];

const texts = (items: readonly string[]): string => JSON.stringify(items);

/** The three JSON cells of a user. */
export function jsonCells(dirt: Dirt, code: () => string) {
  const malformed = dirt.deck('malformed JSON', MALFORMED);
  const level = dirt.deck('levels', LEVELS);
  const noLevel = dirt.deck('no levels', NO_LEVELS);
  const oddArray = dirt.deck('odd arrays', ODD_ARRAYS);
  const discipline = dirt.deck('disciplines', DISCIPLINES);
  const oddDiscipline = dirt.deck('odd disciplines', ODD_DISCIPLINES);
  const academie = dirt.deck('académies of schools', ACADEMIES);
  const schoolCode = dirt.deck('postal codes of schools that are no text', SCHOOL_CODES);
  const oddSchool = dirt.deck('odd schools', ODD_SCHOOLS);

  const levels = (): string => {
    const names = Array.from({ length: dirt.int(1, 4) }, () => (dirt.chance(0.15) ? noLevel() : level()));
    return texts(names.map((name) => (dirt.chance(0.1) ? `\t${name}\u00a0` : name)));
  };
  const school = (): string => {
    const fields = ['"type_etablissement":"École, \\"publique\\""'];
    if (dirt.chance(0.6)) fields.push(`"academie":${academie()}`);
    if (dirt.chance(0.7))
      fields.push(`"code_postal":${dirt.chance(0.6) ? JSON.stringify(code()) : schoolCode()}`);
    return `{${dirt.shuffled(fields).join(',')}}`;
  };
  const schools = (): string => `[${Array.from({ length: dirt.int(1, 3) }, school).join(', ')}]`;
  const cell = (usual: () => string, odd: () => string) => (): string => {
    const draw = dirt.next();
    return draw < 0.2 ? malformed() : draw < 0.35 ? odd() : usual();
  };
  return {
    niveau: cell(levels, oddArray),
    discipline: cell(() => texts([discipline(), 'EPS'].slice(0, dirt.int(1, 2))), oddDiscipline),
    etablissement: cell(schools, oddSchool),
  };
}
