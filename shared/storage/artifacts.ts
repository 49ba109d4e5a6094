import { readFile } from 'node:fs/promises';
import checkPointer from '#validators/pointer';
import type { Pointer } from '../clustering/model.ts';
import { DamagedFileError } from '../errors.ts';

/** The pointer with the generation that a later move must name. */
export interface PlacedPointer {
  readonly pointer: Pointer;
  readonly generation: string;
}

/** What can be written: bytes, or the path of a local file. */
export type ArtifactBody = Uint8Array | { readonly file: string };

/** The bytes of what is to be written. */
export const bytesOf = async (body: ArtifactBody): Promise<Uint8Array> =>
  body instanceof Uint8Array ? body : readFile(body.file);

/** An artifact of that name is there already: artifacts are never rewritten. */
export class ArtifactExistsError extends Error {
  override readonly name = 'ArtifactExistsError';
}

/** Someone else moved the pointer since it was read. */
export class PointerMovedError extends Error {
  override readonly name = 'PointerMovedError';
}

/** The JSON value of an artifact, null when it is none. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}

/** A value as the pointer. @throws DamagedFileError naming its path when it has another form */
export function pointerOf(value: unknown, path: string): Pointer {
  if (!checkPointer(value)) throw new DamagedFileError(path);
  return value;
}

/**
 * What serving needs of the artifacts: immutable `models/<version>/<name>`, and the one pointer `models/current.json`.
 * Every method throws StoreUnavailableError when the store cannot be reached in time.
 */
export interface ArtifactReader {
  /** The artifact's bytes, or null when there is none of that name. */
  read(version: string, name: string): Promise<Uint8Array | null>;
  /** The pointer as it stands, or null before the first publication; throws DamagedFileError when it is none. */
  readPointer(): Promise<PlacedPointer | null>;
}

/** What a recompute needs of them. */
export interface ArtifactStore extends ArtifactReader {
  /** Writes an artifact whole or not at all; throws ArtifactExistsError when the name is taken. */
  write(version: string, name: string, body: ArtifactBody): Promise<void>;
  /** Replaces an artifact, for data protection alone: to take a user out of it. */
  redact(version: string, name: string, body: ArtifactBody): Promise<void>;
  /** Copies an artifact into a local file; false when there is none of that name. */
  fetch(version: string, name: string, file: string): Promise<boolean>;
  /**
   * Moves the pointer if it still has this generation (null: if there is none) and returns its new generation;
   * throws PointerMovedError if not.
   */
  movePointer(pointer: Pointer, generation: string | null): Promise<string>;
  /** All versions that hold an artifact, in no fixed order. */
  versions(): Promise<string[]>;
  /** Removes a version with all its artifacts. */
  remove(version: string): Promise<void>;
}
