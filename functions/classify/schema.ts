import type { FromSchema } from 'json-schema-to-ts';
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

export const request = {
  $id: 'classify-request',
  type: 'object',
  required: ['content'],
  additionalProperties: false,
  properties: {
    content: { type: 'string', minLength: 1, description: 'Markdown, at most 200,000 characters.' },
    lang: { enum: ['en', 'fr'], description: 'Language of the labels; Accept-Language otherwise.' },
  },
} as const;

export type Request = FromSchema<typeof request>;

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

export const reply = {
  type: 'object',
  required: ['success', 'data'],
  properties: {
    success: { const: true },
    data: {
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
    },
  },
} as const;
