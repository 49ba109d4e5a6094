import checkRequest from '#validators/classify-request';
import type { Classifier } from '../../shared/classification/classify.ts';
import { InvalidRequestError, ServiceError } from '../../shared/errors.ts';
import { type Body, parseJson } from '../../shared/http/body.ts';
import type { Handler } from '../../shared/http/endpoint.ts';
import { requireValid } from '../../shared/http/validate.ts';
import { CHARACTER_LIMIT, type Request } from './schema.ts';

interface Deps {
  /** Made at the first text: the lexicon costs a few milliseconds to load. */
  readonly classifier: () => Classifier;
}

const blank = (): InvalidRequestError =>
  new InvalidRequestError('The content is empty: send the text to classify.', [
    { pointer: '/content', reason: 'must hold more than blanks' },
  ]);

/** Nothing that can be seen: blanks, and marks without width. */
const BLANK = /^[\s\p{Cf}]*$/u;

/** Characters are Unicode code points: an emoji is one, though JavaScript counts two. */
function isTooLong(content: string): boolean {
  return content.length > CHARACTER_LIMIT && [...content].length > CHARACTER_LIMIT;
}

function requestOf(body: Body | null): Request {
  if (body === null) throw blank();
  const request =
    body.type === 'text/markdown' ? { content: body.text } : requireValid(checkRequest, parseJson(body.text));
  if (isTooLong(request.content)) {
    throw new ServiceError(
      'content_too_large',
      `The content is longer than ${CHARACTER_LIMIT} characters: send a part of it.`,
      {
        body: { limit: CHARACTER_LIMIT },
      },
    );
  }
  if (BLANK.test(request.content)) throw blank();
  return request;
}

/** Replies theme and défi of a text with the evidence. */
export const handler =
  ({ classifier }: Deps): Handler =>
  async ({ body, language }) => {
    const { content, lang = language } = requestOf(body);
    const data = classifier().classify(content, { language: lang });
    return { body: { success: true, data }, caching: { kind: 'none' }, headers: { Vary: 'Accept-Language' } };
  };
