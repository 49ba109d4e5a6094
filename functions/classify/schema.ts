import type { Operation } from '../../shared/http/operation.ts';

export const operation: Operation = {
  name: 'classify',
  method: 'POST',
  path: '/classify',
  access: 'public',
  bodyTypes: ['application/json', 'text/markdown'],
};

export const summary = 'Theme and priority challenge (défi) of a French or English text, with the evidence.';

/** Longest content taken, in characters. */
export const CHARACTER_LIMIT = 200_000;

/** Most texts in one request. */
export const BATCH_LIMIT = 100;

const text = { type: 'string', description: 'Markdown, at most 200,000 characters.' } as const;

/** One text of several, with the id its answer shall carry. */
export const item = {
  $id: 'classify-item',
  anyOf: [
    text,
    {
      type: 'object',
      required: ['content'],
      additionalProperties: false,
      properties: { id: { type: ['string', 'integer'] }, content: text },
    },
  ],
} as const;

export type Item = string | { id?: string | number; content: string };

export const request = {
  $id: 'classify-request',
  type: 'object',
  additionalProperties: false,
  properties: {
    content: text,
    contents: {
      type: 'array',
      description: 'Several texts instead of one, each answered or refused by itself.',
      minItems: 1,
      maxItems: BATCH_LIMIT,
      items: {
        anyOf: [...item.anyOf, { description: 'Anything else is refused in its place.' }],
      },
    },
    lang: { enum: ['en', 'fr'], description: 'Language of the labels; Accept-Language otherwise.' },
  },
  oneOf: [{ required: ['content'] }, { required: ['contents'] }],
} as const;

export type Request = {
  content?: string;
  contents?: unknown[];
  lang?: 'en' | 'fr';
};

const ranked = {
  type: 'array',
  items: {
    type: 'object',
    required: ['id', 'label', 'score'],
    properties: {
      id: { type: 'string' },
      label: { type: 'string' },
      score: { type: 'number', minimum: 0, maximum: 1 },
    },
  },
} as const;

const classification = {
  type: 'object',
  required: ['theme', 'theme_id', 'defi', 'confidence', 'themes', 'defis', 'evidence'],
  properties: {
    theme: { type: ['string', 'null'] },
    theme_id: { type: ['string', 'null'] },
    defi: { type: 'string' },
    confidence: { type: 'number', minimum: 0, maximum: 1 },
    themes: { ...ranked, description: 'Best first.' },
    defis: { ...ranked, description: 'Best first.' },
    evidence: {
      type: 'array',
      items: {
        type: 'object',
        required: ['term', 'label', 'start', 'end'],
        properties: {
          term: { type: 'string' },
          label: { type: 'string', description: 'Id of the theme or défi the term speaks for.' },
          start: { type: 'integer', description: 'Offset into the content, in UTF-16 code units.' },
          end: { type: 'integer' },
        },
      },
    },
  },
} as const;

export const reply = {
  type: 'object',
  required: ['success'],
  properties: {
    success: { const: true },
    data: { ...classification, description: 'The answer to one content.' },
    results: {
      type: 'array',
      description: 'The answers to several contents, in their order.',
      items: {
        type: 'object',
        required: ['success'],
        properties: {
          success: { type: 'boolean' },
          id: { type: ['string', 'integer'] },
          data: classification,
          error: { type: 'string' },
          code: { type: 'string' },
        },
      },
    },
  },
  oneOf: [{ required: ['data'] }, { required: ['results'] }],
} as const;
