import checkItem from '#validators/classify-item';
import checkRequest from '#validators/classify-request';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { item } from '../../functions/classify/schema.ts';
import { InvalidRequestError } from '../../shared/errors.ts';
import { requireValid } from '../../shared/http/validate.ts';
import type { Validator } from '../../shared/validator.ts';

const CONTENT = "must have required property 'content'";
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const checkItems = ajv.compile({ type: 'array', items: item }) as Validator<unknown>;

test.each<[Validator<unknown>, unknown, [pointer: string, reason: string][]]>([
  [checkRequest, {}, [['', `${CONTENT} or must have required property 'contents'`]]],
  [checkRequest, { content: 'a', contents: ['b'] }, [['', 'has fields that exclude each other']]],
  [checkRequest, { content: 5 }, [['/content', 'must be string']]],
  [checkRequest, { content: 'a', 'x/y': 1 }, [['/x~1y', 'unknown field']]],
  [checkRequest, { content: 'a', lang: 'de' }, [['/lang', 'must be en or fr']]],
  [
    checkRequest,
    { text: 'a' },
    [
      ['', `${CONTENT} or must have required property 'contents'`],
      ['/text', 'unknown field'],
    ],
  ],
  [checkRequest, [], [['', 'must be object']]],
  [checkRequest, null, [['', 'must be object']]],
  [checkItem, 7, [['', 'must be string or must be object']]],
  [checkItem, {}, [['', CONTENT]]],
  [checkItem, { content: 'a', x: 1 }, [['/x', 'unknown field']]],
  [
    checkItems,
    ['a', 7, ...'bcdefghi', {}],
    [
      ['/1', 'must be string or must be object'],
      ['/10', CONTENT],
    ],
  ],
])('%# a person is told where it is wrong and why', (validator, value, expected) => {
  let details: unknown = null;
  try {
    requireValid(validator, value);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    ({ details } = error.body);
  }
  expect(details).toEqual(expected.map(([pointer, reason]) => ({ pointer, reason })));
});
