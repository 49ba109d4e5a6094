import { parseJson } from '../artifacts.ts';
import { StoreUnavailableError } from '../../errors.ts';
import { entriesOf, type UserDocument, type UserReader } from '../users.ts';
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
    const found = parseJson(body) as { name?: string; fields?: Readonly<Record<string, Value>> } | null;
    // Something between here and Firestore may answer in its place.
    if (typeof found?.name !== 'string')
      throw new StoreUnavailableError('user', new Error('The answer is no document.'));
    return {
      user_id: userId,
      entries: entriesOf(plainFields(found.fields), 'A document of users in Firestore'),
    };
  }
}
