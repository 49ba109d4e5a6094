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

/** The JSON value of an artifact, null when it is none. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}

/** The profiles of a version. @throws ArtifactFormError when they are missing or of an unknown form */
export async function readProfiles(artifacts: ArtifactStore, version: string): Promise<Profiles> {
  const bytes = await artifacts.read(version, 'profiles.json');
  const profiles = bytes && parseJson(bytes);
  if (!checkProfiles(profiles)) {
    throw new ArtifactFormError(`models/${version}/profiles.json is missing or has an unknown form.`);
  }
  return profiles;
}

/** The published model, cached in the instance and revalidated by the pointer. */
export class Published {
  private served: Omit<Snapshot, 'degraded'> | null = null;
  private checkedAt = -Infinity;
  private looking: Promise<void> | null = null;

  /**
   * @param revalidateMs how long a pointer is trusted before the store is asked again
   * @param now milliseconds, rising
   */
  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly revalidateMs: number,
    private readonly now: () => number,
  ) {}

  /** Asks the store; what is served changes only when the new version has been read whole. */
  private async look(): Promise<void> {
    const at = this.now();
    const pointer = (await this.artifacts.readPointer())?.pointer ?? null;
    if (pointer === null) this.served = null;
    else {
      if (!checkPointer(pointer)) throw new ArtifactFormError('models/current.json has an unknown form.');
      const isServed = this.served?.pointer.version === pointer.version;
      const profiles =
        isServed && this.served ? this.served.profiles : await readProfiles(this.artifacts, pointer.version);
      this.served = { pointer, profiles };
    }
    this.checkedAt = at;
  }

  /**
   * The published version. While the store is down, the version remembered last, marked `degraded`.
   * @param force ask the store even if the pointer was looked at a moment ago
   * @throws ModelNotReadyError before the first publication
   * @throws StoreUnavailableError when the store is down and nothing is remembered
   * @throws ArtifactFormError when the artifacts cannot be read and nothing is remembered
   */
  async snapshot(force = false): Promise<Snapshot> {
    let degraded = false;
    if (force || this.now() - this.checkedAt >= this.revalidateMs) {
      try {
        await (this.looking ??= this.look().finally(() => (this.looking = null)));
      } catch (error) {
        if (!this.served) throw error;
        degraded = true;
      }
    }
    if (!this.served) throw new ModelNotReadyError();
    return { ...this.served, degraded };
  }
}
