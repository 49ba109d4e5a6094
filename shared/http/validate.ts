import { InvalidRequestError, type Problem } from '../errors.ts';
import type { Validator, Violation } from '../validator.ts';

const PROBLEMS = 20;

function problem({ instancePath, message, params }: Violation): Problem {
  const extra = params['additionalProperty'];
  if (typeof extra === 'string') {
    const key = extra.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
    return { pointer: `${instancePath}/${key}`, reason: 'unknown field' };
  }
  return { pointer: instancePath, reason: message ?? 'not allowed' };
}

/**
 * The value as the type its schema describes.
 * @throws InvalidRequestError with the JSON pointer and reason of each problem
 */
export function requireValid<T>(validator: Validator<T>, value: unknown): T {
  if (validator(value)) return value;
  const details = (validator.errors ?? []).slice(0, PROBLEMS).map(problem);
  const [first] = details;
  const where = first && first.pointer !== '' ? `${first.pointer}: ` : '';
  throw new InvalidRequestError(
    `The request is not valid: ${where}${first?.reason ?? 'unknown problem'}.`,
    details,
  );
}
