import checkRequest from '#validators/classify-request';
import { expect, test } from 'vitest';
import { InvalidRequestError } from '../../shared/errors.ts';
import { requireValid } from '../../shared/http/validate.ts';

const CONTENT = "must have required property 'content'";

test.each<[unknown, [pointer: string, reason: string][]]>([
  [{}, [['', `${CONTENT} or must have required property 'contents'`]]],
  [{ content: 'a', contents: ['b'] }, [['', 'has fields that exclude each other']]],
  [{ content: 5 }, [['/content', 'must be string']]],
  [{ content: 'a', 'x/y': 1 }, [['/x~1y', 'unknown field']]],
  [{ contents: [7] }, [['/contents/0', 'must be string or must be object']]],
  [{ contents: ['a', {}] }, [['/contents/1', CONTENT]]],
  [{ contents: [{ content: 'a', x: 1 }] }, [['/contents/0/x', 'unknown field']]],
  [
    { contents: [{ content: 1, id: {} }] },
    [
      ['/contents/0', 'must be string'],
      ['/contents/0/id', 'must be string,integer'],
      ['/contents/0/content', 'must be string'],
    ],
  ],
  [
    { contents: ['a', 7, ...'bcdefghi', {}] },
    [
      ['/contents/1', 'must be string or must be object'],
      ['/contents/10', CONTENT],
    ],
  ],
  [[], [['', 'must be object']]],
  [null, [['', 'must be object']]],
])('of %j a person is told where it is wrong and why', (value, expected) => {
  let details: unknown = null;
  try {
    requireValid(checkRequest, value);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    ({ details } = error.body);
  }
  expect(details).toEqual(expected.map(([pointer, reason]) => ({ pointer, reason })));
});
