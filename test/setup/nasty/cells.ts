import type { Dirt } from './dirt.ts';
import { READ_TIMES, UNREAD_TIMES, usual } from './times.ts';

/** Everything that the cell grammar takes for a blank at the ends of a cell. */
const BLANKS = [
  ' ',
  '   ',
  '\t',
  '\u00a0',
  '\u3000',
  '\ufeff',
  '\u2028',
  '\u2029',
  '\u202f',
  '\u205f',
  '\u1680',
  '\u2000',
  '\u2009',
  '\u200a',
  '\n',
  '\r',
  '\r\n',
  '\v',
  '\f',
];

const NULLS = ['', ' ', '\u00a0\t', '\\N', ' \\N ', 'NULL', 'null', 'Null', 'nULL', '\tNULL\u00a0'];

const INTEGERS: Record<string, (value: string) => string> = {
  '12.0': (value) => `${value}.0`,
  '12.': (value) => `${value}.`,
  '12.000': (value) => `${value}.000`,
  '+12': (value) => `+${value}`,
  '012': (value) => `0${value}`,
  '+0012.0': (value) => `+00${value}.0`,
};

/** Texts that come close to integers. */
const NO_INTEGERS = [
  'abc',
  'a1b2c3d4e5',
  '12.5',
  '1e3',
  '1E3',
  '1_0',
  '0x1F',
  '12,0',
  '1 2',
  '12\u200b',
  '12\u0085',
  '\u180e12',
  '１２',
  '٣',
  '--12',
  '+-12',
  '+',
  '-',
  '.',
  '.0',
  '12.0.0',
  '12L',
  '1,234',
  '12.0e0',
  'NaN',
  'Infinity',
  'true',
  '9223372036854775808',
  '-9223372036854775809',
  '99999999999999999999999999',
];

/** Integers that are no ids of users. */
const NO_USERS = ['0', '-0', '-5', '9007199254740992', '9007199254740993', '9223372036854775807'];

const YEARS = [
  '7',
  '0',
  '-3',
  '+4',
  '07',
  '7.0',
  '7.9',
  '7,5',
  '-0,5',
  '-2.9',
  '100',
  '100,5',
  '-100',
  '12 ans',
  '12ans',
  '1 an',
  '3 ANS',
  '3 Années',
  '1 année',
  '4 ANNÉES',
  '5 annees',
  '1 annee',
  '6 years',
  '1 Year',
  '7,5 ans',
  '8\u00a0ans',
  ' 9  \t ans ',
  'NaN',
  'nan',
];
const NO_YEARS = [
  'beaucoup',
  '150',
  '101',
  '-101',
  '1e1',
  '1e300',
  '7,',
  '7.',
  '.5',
  '7.5.1',
  '1_0',
  '0x10',
  'ans',
  '12 mois',
  '12 ans et plus',
  '> 10',
  '5-10',
  '12 an s',
  'douze',
  '99999999999999999999',
  '٣',
  'Infinity',
  '- 3',
  '12.ans',
];

const YES = [
  '1',
  '1.0',
  '1.',
  '1,0',
  '1,00',
  '1.000',
  't',
  'T',
  'true',
  'True',
  'TRUE',
  'y',
  'Y',
  'yes',
  'YES',
];
const YES_FR = ['v', 'V', 'vrai', 'Vrai', 'VRAI', 'o', 'O', 'oui', 'Oui', 'OUI'];
const NO = ['0', '0.0', '0.', '0,0', '0,00', 'f', 'F', 'false', 'False', 'FALSE', 'n', 'N', 'no', 'No', 'NO'];
const NO_FR = ['faux', 'Faux', 'FAUX', 'non', 'Non', 'NON', 'NaN', 'nan'];

const CODES = [
  '75001',
  '69006.0',
  '6000.0',
  '69006.000',
  '1280',
  '01280',
  '6',
  '971',
  '2A004',
  '2b 200',
  '2a004',
  '20000',
  '20600',
  '97110',
  '97200',
  '97 300',
  '97400',
  '97500',
  '97600',
  '97700',
  '98800',
  '69\u00a0001',
  '6 9 0 0 1',
  ' 13001 ',
  '00000',
  '0',
  '00',
  '690011',
  '2A04',
  '2C004',
  'SW1A 1AA',
  'F-75001',
  '69006.',
  '69006.5',
  '6,9006',
  '-1280',
  '+1280',
  '1e3',
  'NR',
  ' nr ',
  'inconnu',
];

/** The spellings of cells that more than one table needs. */
export function spellings(dirt: Dirt) {
  const blank = dirt.deck('blanks', BLANKS);
  const integer = dirt.deckOf('integers', INTEGERS);
  const yes = dirt.deck('flags that say yes', [...YES, ...YES_FR]);
  const none = dirt.deck('null words', NULLS);
  const no = dirt.deck('flags that say no', [...NO, ...NO_FR]);
  const readTime = dirt.deckOf('times that are read', READ_TIMES);
  const padded = (text: string): string =>
    dirt.pick([`${blank()}${text}`, `${text}${blank()}`, `${blank()}${text}${blank()}`]);
  const maybe = (text: string, share: number): string => (dirt.chance(share) ? padded(text) : text);
  const flag = (): string => {
    const draw = dirt.next();
    const plain = draw < 0.35 ? '0' : draw < 0.45 ? '1' : draw < 0.65 ? no() : draw < 0.8 ? none() : yes();
    return maybe(plain, 0.1);
  };
  return {
    none,
    padded,
    maybe,
    flag,
    noInteger: dirt.deck('no integers', NO_INTEGERS),
    noUser: dirt.deck('no ids of users', NO_USERS),
    noTime: dirt.deckOf('times that are not read', UNREAD_TIMES),
    years: dirt.deck('years', YEARS),
    noYears: dirt.deck('no years', NO_YEARS),
    code: dirt.deck('postal codes', CODES),
    /** An integer above zero, mostly as it is. */
    integer: (value: number | bigint | string): string =>
      maybe(dirt.chance(0.2) ? integer()(String(value)) : String(value), 0.08),
    /** The same integer in another spelling. */
    otherwise: (value: string): string => maybe(integer()(value), 0.3),
    /** A readable time near an instant: some forms have no seconds or no time of day. */
    time: (micros: bigint): string => (dirt.chance(0.6) ? usual(micros) : maybe(readTime()(micros), 0.15)),
  };
}

export type Spellings = ReturnType<typeof spellings>;
