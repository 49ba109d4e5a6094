import checkPointer from '#validators/pointer';
import checkProfiles from '#validators/profiles';
import type { Pointer, Profiles } from '../clustering/model.ts';
import { ModelNotReadyError } from '../errors.ts';
import type { ArtifactStore } from './artifacts.ts';

/** One published version as a request sees it from beginning to end. */
export interface Snapshot {
  readonly pointer: Pointer;
  readonly profiles: Profiles;
  /** True when the store could not be asked and this is what the instance remembered. */
  readonly degraded: boolean;
}

/** A published artifact does not have the form this version of the service knows. */
export class ArtifactFormError extends Error {
  override readonly name = 'ArtifactFormError';
}

/** The profiles of a version. @throws ArtifactFormError when they are missing or of an unknown form */
export async function readProfiles(artifacts: ArtifactStore, version: string): Promise<Profiles> {
  const bytes = await artifacts.read(version, 'profiles.json');
  const profiles: unknown = bytes && JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (!checkProfiles(profiles)) {
    throw new ArtifactFormError(`models/${version}/profiles.json is missing or has an unknown form.`);
  }
  return profiles;
}

interface Remembered {
  pointer: Pointer;
  profiles: Profiles | null;
  checkedAt: number;
}

/** The published model, cached in the instance and revalidated by the pointer. */
export class Published {
  private remembered: Remembered | null = null;
  private looking: Promise<Remembered | null> | null = null;

  /**
   * @param revalidateMs how long a pointer is trusted before the store is asked again
   * @param now milliseconds, rising
   */
  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly revalidateMs: number,
    private readonly now: () => number,
  ) {}

  private async look(): Promise<Remembered | null> {
    const checkedAt = this.now();
    const placed = await this.artifacts.readPointer();
    if (!placed) return null;
    const { pointer } = placed;
    if (!checkPointer(pointer)) throw new ArtifactFormError('models/current.json has an unknown form.');
    const profiles = this.remembered?.pointer.version === pointer.version ? this.remembered.profiles : null;
    return { pointer, profiles, checkedAt };
  }

  private async latest(force: boolean): Promise<Remembered | null> {
    const { remembered } = this;
    if (!force && remembered && this.now() - remembered.checkedAt < this.revalidateMs) return remembered;
    this.looking ??= this.look().finally(() => (this.looking = null));
    this.remembered = await this.looking;
    return this.remembered;
  }

  /** The pointer, or null before the first publication. @throws StoreUnavailableError */
  async pointer(): Promise<Pointer | null> {
    return (await this.latest(false))?.pointer ?? null;
  }

  /**
   * The published version. While the store is down, the version remembered last, marked `degraded`.
   * @param force ask the store even if the pointer was looked at a moment ago
   * @throws ModelNotReadyError before the first publication
   * @throws StoreUnavailableError when the store is down and nothing is remembered
   */
  async snapshot(force = false): Promise<Snapshot> {
    const before = this.remembered;
    try {
      const latest = await this.latest(force);
      if (!latest) throw new ModelNotReadyError();
      latest.profiles ??= await readProfiles(this.artifacts, latest.pointer.version);
      return { pointer: latest.pointer, profiles: latest.profiles, degraded: false };
    } catch (error) {
      if (error instanceof ModelNotReadyError || !before?.profiles) throw error;
      this.remembered = before;
      return { pointer: before.pointer, profiles: before.profiles, degraded: true };
    }
  }
}
