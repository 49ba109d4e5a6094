import { InvalidRequestError, type Problem } from '../errors.ts';
import type { Validator, Violation } from '../validator.ts';

const PROBLEMS = 20;

/** True for the complaint that none, or too many, of several schemas fit. */
const isChoice = ({ keyword }: Violation): boolean => keyword === 'oneOf' || keyword === 'anyOf';

/** A schema of which several are allowed, such as `#/items/anyOf/1`. */
const BRANCH = /^(.*\/(?:oneOf|anyOf))\/\d+\//;

function problem({ instancePath, message, params }: Violation): Problem {
  const extra = params['additionalProperty'];
  if (typeof extra === 'string') {
    const key = extra.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
    return { pointer: `${instancePath}/${key}`, reason: 'unknown field' };
  }
  const allowed = params['allowedValues'];
  if (Array.isArray(allowed)) return { pointer: instancePath, reason: `must be ${allowed.join(' or ')}` };
  return { pointer: instancePath, reason: message ?? 'not allowed' };
}

/**
 * Problems in words for people. Where a value fits none of several schemas, those of the schemas it comes closest to
 * are told as alternatives: of a value of the right type, what else is wrong with it.
 */
function problemsOf(violations: readonly Violation[]): Problem[] {
  const plain = violations.filter((one) => !isChoice(one) && !BRANCH.test(one.schemaPath)).map(problem);
  const chosen = violations.filter(isChoice).flatMap(({ instancePath, schemaPath }) => {
    if (plain.some(({ pointer }) => pointer === instancePath)) return [];
    const isInside = (path: string) => path === instancePath || path.startsWith(`${instancePath}/`);
    const branches = violations.filter(
      (one) => BRANCH.exec(one.schemaPath)?.[1] === schemaPath && isInside(one.instancePath),
    );
    const closest = branches.filter(({ keyword }) => keyword !== 'type');
    const reasons = new Map<string, string[]>();
    for (const { pointer, reason } of (closest.length > 0 ? closest : branches).map(problem))
      reasons.set(pointer, [...(reasons.get(pointer) ?? []), reason]);
    if (reasons.size === 0) return [{ pointer: instancePath, reason: 'has fields that exclude each other' }];
    return [...reasons].map(([pointer, all]) => ({ pointer, reason: all.join(' or ') }));
  });
  return [...chosen, ...plain];
}

/**
 * The value as the type its schema describes.
 * @throws InvalidRequestError with the JSON pointer and reason of each problem
 */
export function requireValid<T>(validator: Validator<T>, value: unknown): T {
  if (validator(value)) return value;
  const details = problemsOf(validator.errors ?? []).slice(0, PROBLEMS);
  const [first] = details;
  const where = first && first.pointer !== '' ? `${first.pointer}: ` : '';
  throw new InvalidRequestError(
    `The request is not valid: ${where}${first?.reason ?? 'unknown problem'}.`,
    details,
  );
}
