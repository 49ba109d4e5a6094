import checkItem from '#validators/classify-item';
import checkRequest from '#validators/classify-request';
import type { Classification, Classifier } from '../../shared/classification/classify.ts';
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

/** Something that can be seen: neither a blank nor a mark without width. */
const VISIBLE = /[^\s\p{Cf}]/u;

/** Characters are Unicode code points: an emoji is one, though JavaScript counts two. */
function isTooLong(content: string): boolean {
  return content.length > CHARACTER_LIMIT && [...content].length > CHARACTER_LIMIT;
}

/** The text, if it can be classified. @throws ServiceError content_too_large or invalid_request */
function checked(content: string): string {
  if (isTooLong(content)) {
    throw new ServiceError(
      'content_too_large',
      `The content is longer than ${CHARACTER_LIMIT} characters: send a part of it.`,
      {
        body: { limit: CHARACTER_LIMIT },
      },
    );
  }
  if (!VISIBLE.test(content)) throw blank();
  return content;
}

function requestOf(body: Body | null): Request {
  if (body === null) throw blank();
  return body.type === 'text/markdown'
    ? { content: body.text }
    : requireValid(checkRequest, parseJson(body.text));
}

/** The id of one text of several, as far as it has one. */
function named(item: unknown): { id?: string | number } {
  const id = item instanceof Object && 'id' in item ? item.id : undefined;
  return typeof id === 'string' || Number.isInteger(id) ? { id: id as string | number } : {};
}

/** The answer to one text of several: one that cannot be classified is told so and does not stop the others. */
function answerOf(item: unknown, classify: (content: string) => Classification): object {
  try {
    const valid = requireValid(checkItem, item);
    const content = typeof valid === 'string' ? valid : valid.content;
    return { success: true, ...named(item), data: classify(checked(content)) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { success: false, ...named(item), error: error.message, code: error.code, ...error.body };
  }
}

/** Replies theme and défi of one text or several, with the evidence. */
export const handler =
  ({ classifier }: Deps): Handler =>
  async ({ body, language }) => {
    const { content, contents, lang = language } = requestOf(body);
    const classify = (text: string) => classifier().classify(text, { language: lang });
    const reply = contents
      ? { results: contents.map((item) => answerOf(item, classify)) }
      : { data: classify(checked(content ?? '')) };
    return {
      body: { success: true, ...reply },
      caching: { kind: 'none' },
      headers: { Vary: 'Accept-Language' },
    };
  };
