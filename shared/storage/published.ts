import checkProfiles from '#validators/profiles';
import type { Pointer, Profiles } from '../clustering/model.ts';
import { DamagedFileError, ModelNotReadyError } from '../errors.ts';
import { type ArtifactReader, parseJson } from './artifacts.ts';
import { inTime } from './in-time.ts';

/** How long a request waits for the store while there is a version to serve, in milliseconds. */
const PATIENCE_MS = 500;

/** Which version is served. */
export interface Served {
  readonly pointer: Pointer;
  /** True when the store could not be asked and this is what the instance remembered. */
  readonly degraded: boolean;
}

/** One published version as a request sees it from beginning to end. */
export interface Snapshot extends Served {
  readonly profiles: Profiles;
}

/** The profiles of a version. @throws DamagedFileError when they are missing or of an unknown form */
export async function readProfiles(artifacts: ArtifactReader, version: string): Promise<Profiles> {
  const bytes = await artifacts.read(version, 'profiles.json');
  const profiles = bytes && parseJson(bytes);
  if (!checkProfiles(profiles)) throw new DamagedFileError(`models/${version}/profiles.json`);
  return profiles;
}

type Whole = Omit<Snapshot, 'degraded'>;

const isSame = (a: Pointer, b: Pointer | null): boolean =>
  a.version === b?.version && a.sequence === b.sequence && a.computed_at === b.computed_at;

/** The published model, cached in the instance and revalidated by the pointer. */
export class Published {
  private known: Pointer | null = null;
  private whole: Whole | null = null;
  /** The answer as long as it is trusted: a promise that is kept costs a request nothing. */
  private served: Promise<Served> | null = null;
  private checkedAt = -Infinity;
  private looking: Promise<Served> | null = null;
  private lookingSince = -Infinity;
  private reading: Promise<Whole> | null = null;
  /** When the profiles of a newer version could last not be read, or not in time. */
  private failedAt = -Infinity;
  /** What cannot be read at the moment although it was read once. */
  private readonly troubled = new Set<'pointer' | 'profiles'>();

  /**
   * @param revalidateMs how long a pointer is trusted before the store is asked again, and a store that failed left alone
   * @param now milliseconds, rising
   * @param onChange told why what is remembered is served instead of what is published, when that begins; null: it ended
   */
  constructor(
    private readonly artifacts: ArtifactReader,
    private readonly revalidateMs: number,
    private readonly now: () => number,
    private readonly onChange: (trouble: unknown) => void,
  ) {}

  private tell(part: 'pointer' | 'profiles', trouble: unknown): void {
    const before = this.troubled.size;
    if (trouble === null) this.troubled.delete(part);
    else this.troubled.add(part);
    const after = this.troubled.size;
    if ((before === 0) !== (after === 0)) this.onChange(trouble);
  }

  private async ask(): Promise<Served> {
    try {
      const pointer = (await this.artifacts.readPointer())?.pointer ?? null;
      // The same version stays the same object: what was made of it, such as a reply, is still good.
      if (pointer === null || !isSame(pointer, this.known)) this.known = pointer;
    } catch (error) {
      if (!this.known) throw error;
      this.tell('pointer', error);
      return { pointer: this.known, degraded: true };
    }
    this.tell('pointer', null);
    if (!this.known) throw new ModelNotReadyError();
    return { pointer: this.known, degraded: false };
  }

  private keep(served: Served): Served {
    this.served = Promise.resolve(served);
    this.checkedAt = this.now();
    return served;
  }

  private look(): Promise<Served> {
    this.served = null;
    this.lookingSince = this.now();
    return this.ask()
      .then((served) => this.keep(served))
      .finally(() => (this.looking = null));
  }

  /** Waits for the store, but not long: there is a version to serve. What the store says later counts from then on. */
  private async wait(looking: Promise<Served>, pointer: Pointer): Promise<Served> {
    const left = this.lookingSince + PATIENCE_MS - this.now();
    return (await inTime(looking, left))?.value ?? this.keep({ pointer, degraded: true });
  }

  /**
   * The version served. While the store is down or silent, the one remembered last, marked `degraded`.
   * @param force ask the store even if it was asked a moment ago
   * @throws ModelNotReadyError before the first publication
   * @throws StoreUnavailableError when the store is down and nothing is remembered
   * @throws DamagedFileError when the pointer cannot be read and nothing is remembered
   */
  pointer(force = false): Promise<Served> {
    if (!force && this.served && this.now() - this.checkedAt < this.revalidateMs) return this.served;
    const looking = (this.looking ??= this.look());
    return this.known === null ? looking : this.wait(looking, this.known);
  }

  private async read(pointer: Pointer): Promise<Whole> {
    this.whole = { pointer, profiles: await readProfiles(this.artifacts, pointer.version) };
    this.tell('profiles', null);
    return this.whole;
  }

  /**
   * The version served with its profiles. It changes only when the new one has been read whole; until then the old one
   * is served, marked `degraded`.
   * @throws as `pointer` does
   */
  async snapshot(): Promise<Snapshot> {
    const { pointer, degraded } = await this.pointer();
    const { whole } = this;
    if (whole?.pointer.version === pointer.version) return { ...whole, degraded };
    if (whole && this.now() - this.failedAt < this.revalidateMs) return { ...whole, degraded: true };
    const reading = (this.reading ??= this.read(pointer).finally(() => (this.reading = null)));
    if (!whole) return { ...(await reading), degraded };
    try {
      const read = await inTime(reading, PATIENCE_MS);
      if (read) return { ...read.value, degraded };
    } catch (error) {
      this.tell('profiles', error);
    }
    this.failedAt = this.now();
    return { ...whole, degraded: true };
  }
}
