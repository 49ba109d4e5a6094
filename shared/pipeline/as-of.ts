import { InvalidRequestError } from '../errors.ts';
import { FIRST_YEAR, LAST_YEAR } from '../features/grammar.ts';

/**
 * Reads the time of an `as_of`: a date, or date and time with `T` or a blank; without a zone it means UTC.
 * @throws InvalidRequestError when the text is no such time
 */
export function parseAsOf(text: string): string {
  const [, date, time = '00:00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text.trim()) ?? [];
  const at = Date.parse(`${date}T${time}${zone}`);
  const day = new Date(`${date}T00:00:00Z`);
  const year = new Date(at).getUTCFullYear();
  if (
    Number.isNaN(at) ||
    year < FIRST_YEAR ||
    year > LAST_YEAR ||
    Number.isNaN(day.getTime()) ||
    day.toISOString().slice(0, 10) !== date
  ) {
    throw new InvalidRequestError(
      `The time as_of must be a time such as 2025-07-01 or 2025-07-01T06:00:00Z, not "${text}".`,
      [{ pointer: '/as_of', reason: 'not a date or time' }],
    );
  }
  return new Date(at).toISOString();
}
