/** Spellings of times: those that are read, and those that come close and are not. */

const MINUTE = 60_000_000n;

/** The parts of an instant as the clock of a zone shows them. */
function parts(micros: bigint, zoneMinutes = 0) {
  const local = micros + BigInt(zoneMinutes) * MINUTE;
  const rest = ((local % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const iso = new Date(Number((local - rest) / 1000n)).toISOString();
  const [year = '', month = '', day = ''] = iso.slice(0, 10).split('-');
  return {
    date: iso.slice(0, 10),
    minutes: iso.slice(11, 16),
    time: iso.slice(11, 19),
    fraction: String(rest).padStart(6, '0'),
    french: `${day}/${month}/${year}`,
    short: `${year}-${Number(month)}-${Number(day)}`,
  };
}

type Spelling = (micros: bigint) => string;
type Parts = ReturnType<typeof parts>;

const plain =
  (form: (at: Parts) => string): Spelling =>
  (micros) =>
    form(parts(micros));

/** A spelling with the clock of a zone and its name. */
const zoned =
  (zone: string, minutes: number, between = 'T'): Spelling =>
  (micros) => {
    const at = parts(micros, minutes);
    return `${at.date}${between}${at.time}${zone}`;
  };

const seconds: Spelling = (micros) => String(micros / 1_000_000n);
const millis: Spelling = (micros) => String(micros / 1000n);

/** Spellings that are read, of any instant from 1980 on. */
export const READ_TIMES: Record<string, Spelling> = {
  date: plain((at) => at.date),
  'date and minutes': plain((at) => `${at.date} ${at.minutes}`),
  'T and minutes': plain((at) => `${at.date}T${at.minutes}`),
  'date and time': plain((at) => `${at.date} ${at.time}`),
  'T and time': plain((at) => `${at.date}T${at.time}`),
  'small t and z': plain((at) => `${at.date}t${at.time}z`),
  'minutes and Z': plain((at) => `${at.date}T${at.minutes}Z`),
  'one digit of fraction': plain((at) => `${at.date} ${at.time}.${at.fraction.slice(0, 1)}`),
  'three digits of fraction': plain((at) => `${at.date}T${at.time}.${at.fraction.slice(0, 3)}Z`),
  'six digits of fraction': plain((at) => `${at.date} ${at.time}.${at.fraction}`),
  'seven digits of fraction': plain((at) => `${at.date} ${at.time}.${at.fraction}9 +00`),
  'nine digits of fraction': plain((at) => `${at.date}T${at.time}.${at.fraction}999Z`),
  Z: zoned('Z', 0),
  'blank and Z': zoned(' Z', 0, ' '),
  UTC: zoned('UTC', 0),
  'blanks and UTC': zoned('   UTC', 0, ' '),
  'small utc': zoned(' utc', 0, ' '),
  GMT: zoned(' GMT', 0, ' '),
  'mixed Gmt': zoned('Gmt', 0),
  '+hh': zoned('+02', 120, ' '),
  '-hh': zoned('-05', -300, ' '),
  '+hhmm': zoned('+0545', 345),
  '-hhmm': zoned('-0330', -210),
  '+hh:mm': zoned('+02:00', 120),
  'blank and +hh:mm': zoned(' +01:00', 60, ' '),
  '-hh:mm': zoned('-09:30', -570),
  '+14:00': zoned('+14:00', 840),
  '-14:59': zoned('-14:59', -899),
  '-00:00': zoned('-00:00', 0),
  'minutes and zone': (micros) => {
    const at = parts(micros, 120);
    return `${at.date} ${at.minutes}+02`;
  },
  'dd/mm/yyyy': plain((at) => at.french),
  'dd/mm/yyyy hh:mm': plain((at) => `${at.french} ${at.minutes}`),
  'dd/mm/yyyy hh:mm:ss': plain((at) => `${at.french} ${at.time}`),
  seconds,
  'seconds with point': (micros) => `${seconds(micros)}.`,
  'seconds with .0': (micros) => `${seconds(micros)}.0`,
  milliseconds: millis,
  'milliseconds with .000': (micros) => `${millis(micros)}.000`,
};

export const exactly: Spelling = plain((at) => `${at.date} ${at.time}.${at.fraction}`);
export const usual: Spelling = plain((at) => `${at.date} ${at.time}`);

/** Spellings that come close to those that are read. */
export const UNREAD_TIMES: Record<string, Spelling> = {
  '24:00': plain((at) => `${at.date} 24:00`),
  '24:00:00': plain((at) => `${at.date}T24:00:00Z`),
  'blank and 24:00:00': plain((at) => `${at.date} 24:00:00`),
  'an hour of a blank and a digit': plain((at) => `${at.date}  ${at.time.slice(1)}`),
  'a second of one digit and Z': plain((at) => `${at.date} ${at.time.slice(0, 7)}Z`),
  'a second of one digit and a point': plain((at) => `${at.date}T${at.time.slice(0, 7)}.`),
  ':60 seconds': plain((at) => `${at.date} ${at.minutes}:60`),
  ':60 minutes': plain((at) => `${at.date} 10:60:00`),
  '25 hours': plain((at) => `${at.date} 25:10:00`),
  '+25:00': plain((at) => `${at.date} ${at.time}+25:00`),
  '+15:00': plain((at) => `${at.date} ${at.time}+15:00`),
  '+02:60': plain((at) => `${at.date} ${at.time}+02:60`),
  '+2': plain((at) => `${at.date} ${at.time}+2`),
  '+020': plain((at) => `${at.date} ${at.time}+020`),
  '+02:00:00': plain((at) => `${at.date} ${at.time}+02:00:00`),
  'UTC+2': plain((at) => `${at.date} ${at.time} UTC+2`),
  'Z twice': plain((at) => `${at.date}T${at.time}ZZ`),
  'named zone': plain((at) => `${at.date} ${at.time} Europe/Paris`),
  'short zone': plain((at) => `${at.date} ${at.time} CET`),
  'zone in brackets': plain((at) => `${at.date}T${at.time}+02:00[Europe/Paris]`),
  'two blanks': plain((at) => `${at.date}  ${at.time}`),
  'T and blank': plain((at) => `${at.date}T ${at.time}`),
  'T alone': plain((at) => `${at.date}T`),
  'hour alone': plain((at) => `${at.date} 10`),
  'one digit of hour': plain((at) => `${at.date} 9:05:00`),
  'one digit of second': plain((at) => `${at.date} ${at.minutes}:5`),
  'empty fraction': plain((at) => `${at.date} ${at.time}.`),
  'ten digits of fraction': plain((at) => `${at.date} ${at.time}.${at.fraction}0000`),
  'fraction after a comma': plain((at) => `${at.date} ${at.time},123`),
  'fraction of minutes': plain((at) => `${at.date} ${at.minutes}.5`),
  'AM and PM': plain((at) => `${at.date} 10:00:00 PM`),
  'slashes, year first': plain((at) => at.date.replaceAll('-', '/')),
  'slashes, year first, and time': plain((at) => `${at.date.replaceAll('-', '/')} ${at.time}`),
  'month first': () => '06/31/2025',
  'French, short': () => '1/6/2025',
  'French, two digits of year': () => '01/06/25',
  'French with points': () => '01.06.2025',
  'French with dashes': () => '01-06-2025',
  'French with T': plain((at) => `${at.french}T${at.time}`),
  'French with fraction': plain((at) => `${at.french} ${at.time}.5`),
  'French with zone': plain((at) => `${at.french} ${at.time}Z`),
  'French day that is not': () => '31/04/2025 10:00',
  'short date': plain((at) => at.short),
  'BC at the end': plain((at) => `${at.date} (BC)`),
  'BC and time': plain((at) => `${at.date} (BC) ${at.time}`),
  'basic date': plain((at) => at.date.replaceAll('-', '')),
  'basic date and time': plain((at) => `${at.date}${at.time}`.replaceAll(/[-:]/g, '')),
  'year below zero': plain((at) => `-${at.date} ${at.time}`),
  'year with sign': plain((at) => `+${at.date}`),
  'six digits of year': plain((at) => `+00${at.date}T${at.time}Z`),
  'five digits of year': () => '12025-06-01',
  zeros: () => '0000-00-00 00:00:00',
  '30 February': () => '2025-02-30 10:00:00',
  '29 February of no leap year': () => '2025-02-29',
  '29 February 1900': () => '1900-02-29',
  'month 13': () => '2025-13-01',
  'year 1': () => '0001-01-01',
  'before 1950': () => '1949-12-31 23:59:59',
  'before 1950 by its zone': () => '1950-01-01T00:30:00+01:00',
  'after 9999 by its zone': () => '9999-12-31T23:30:00-01:00',
  'year 1582': () => '1582-10-10',
  'eleven digits': (micros) => `${seconds(micros)}5`,
  'fourteen digits': (micros) => `${millis(micros)}5`,
  'seconds with a fraction': (micros) => `${seconds(micros)}.5`,
  'seconds below zero': (micros) => `-${seconds(micros)}`,
  'seconds with plus': (micros) => `+${seconds(micros)}`,
  'seconds with exponent': () => '1.7408232e9',
  'hexadecimal seconds': () => '0x67C2B4E0',
  'seconds with _': () => '1_740_823_200',
  'seconds after a comma': (micros) => `${seconds(micros)},0`,
  'time alone': plain((at) => at.time),
  week: () => '2025-W22-1',
  'day of year': () => '2025-152',
  'month alone': () => '2025-06',
  words: () => 'June 1, 2025',
  yesterday: () => 'hier',
  infinity: () => 'infinity',
  epoch: () => 'epoch',
  now: () => 'now',
  NaN: () => 'NaN',
  'digits of other scripts': () => '２０２５-06-01',
};
