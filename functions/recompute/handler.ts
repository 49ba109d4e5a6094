import checkRequest from '#validators/recompute-request';
import { type Body, parseJson } from '../../shared/http/body.ts';
import type { Handler } from '../../shared/http/endpoint.ts';
import { requireValid } from '../../shared/http/validate.ts';
import { parseAsOf } from '../../shared/pipeline/as-of.ts';
import { type Recompute, SEED } from '../../shared/pipeline/open.ts';
import type { Request } from './schema.ts';

interface Deps {
  readonly recompute: Recompute;
  readonly source: string;
}

/** Cloud Scheduler posts an empty body; people post JSON. */
const requestOf = (body: Body | null): Request =>
  body === null || body.text.trim() === '' ? {} : requireValid(checkRequest, parseJson(body.text));

/** Recomputes the clusters. The scheduler's schedule time is the idempotency key: it delivers at least once. */
export const handler =
  ({ recompute, source }: Deps): Handler =>
  async ({ body, header }) => {
    const { as_of, force = false } = requestOf(body);
    const reply = await recompute({
      source,
      asOf: as_of === undefined ? null : parseAsOf(as_of),
      seed: SEED,
      force,
      idempotencyKey: header('x-cloudscheduler-scheduletime') ?? null,
    });
    return { body: reply, caching: { kind: 'none' } };
  };
