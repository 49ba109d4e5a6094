import { parseJson } from '../artifacts.ts';
import type { UserDocument, UserEntry, UserReader } from '../users.ts';
import type { RestReader } from './rest.ts';

/** A value as Firestore's REST API writes it. */
interface Value {
  readonly nullValue?: null;
  readonly booleanValue?: boolean;
  readonly integerValue?: string;
  readonly doubleValue?: number;
  readonly stringValue?: string;
  readonly arrayValue?: { readonly values?: readonly Value[] };
  readonly mapValue?: { readonly fields?: Readonly<Record<string, Value>> };
}

const plainFields = (fields: Readonly<Record<string, Value>> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));

/** The plain value; of Firestore's types those that user documents hold. */
function plain(value: Value): unknown {
  if (value.mapValue) return plainFields(value.mapValue.fields);
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plain);
  if (value.integerValue !== undefined) return Number(value.integerValue);
  return value.stringValue ?? value.doubleValue ?? value.booleanValue ?? null;
}

/** Reads users from Firestore by its REST API. */
export class FirestoreUserReader implements UserReader {
  constructor(
    private readonly rest: RestReader,
    private readonly database: string,
  ) {}

  ping(): Promise<void> {
    return this.rest.ping();
  }

  async get(userId: number): Promise<UserDocument | null> {
    const { status, body } = await this.rest.get(`/v1/${this.database}/documents/users/${userId}`);
    if (status === 404) return null;
    const { fields } = parseJson(body) as { fields?: Readonly<Record<string, Value>> };
    return { user_id: userId, entries: plainFields(fields)['entries'] as UserEntry[] };
  }
}
