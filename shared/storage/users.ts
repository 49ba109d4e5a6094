import type { ClusterId } from '../clustering/archetypes.ts';
import { DamagedFileError } from '../errors.ts';
import { ancienneteOf, type Niveau } from '../features/profile.ts';

/**
 * Profile of a user as it is kept, null where unknown. Years of service grow by themselves: kept are those declared at
 * sign-up and the year of it, so that a new year changes no document.
 */
export interface UserProfile {
  readonly declared_years: number | null;
  readonly created_year: number | null;
  readonly degre: number | null;
  readonly academie: string | null;
  readonly niveaux_enseignes: readonly Niveau[];
  readonly discipline: string | null;
}

/** Profile of a user as it is served. */
export interface ServedProfile {
  readonly anciennete: number | null;
  readonly degre: number | null;
  readonly academie: string | null;
  readonly niveaux_enseignes: readonly Niveau[];
  readonly discipline: string | null;
}

/**
 * The profile as it is served, years of service counted up to the year of the served data.
 * @param asOf end of the served data, ISO 8601
 */
export function servedProfile(profile: UserProfile, asOf: string): ServedProfile {
  const { declared_years: declared, created_year: created, ...others } = profile;
  // Documents of older versions hold the years already added up.
  return { anciennete: ancienneteOf(declared, created, Number(asOf.slice(0, 4))), ...others };
}

/** What one published model says of a user; `profile` is null in the entry that says the user is gone. */
export interface UserEntry {
  readonly sequence: number;
  readonly model_version: string;
  readonly cluster: ClusterId;
  readonly profile: UserProfile | null;
}

/** A user's entries, oldest first, two at most: readers take the newest that is not newer than the pointer. */
export interface UserDocument {
  readonly user_id: number;
  readonly entries: readonly UserEntry[];
}

/** The entry that a reader sees while the pointer stands at `sequence`; null when the user is unknown or gone. */
export function visibleEntry(
  document: UserDocument | null,
  sequence: number,
): (UserEntry & { profile: UserProfile }) | null {
  const newest = document?.entries.findLast((entry) => entry.sequence <= sequence);
  return newest?.profile ? { ...newest, profile: newest.profile } : null;
}

/**
 * A recompute as it is remembered. `publishing` stands from the first user write until all is cleaned up; a run that
 * ends by an error in that time is `broken`, and the next one writes every user anew.
 */
export interface RunRecord {
  readonly run_id: string;
  readonly sequence: number;
  readonly status: 'running' | 'publishing' | 'broken' | 'succeeded' | 'rejected' | 'failed';
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly [figure: string]: unknown;
}

/**
 * The right to publish, held by one owner at a time. `token` rises with every acquisition (fencing). The times are those
 * of the holder's clock and for the holder alone; `expires_at` is 0 once the lease was given back.
 */
export interface Lease {
  readonly token: number;
  readonly owner: string;
  readonly started_at: string;
  readonly expires_at: number;
}

/** Someone else holds the lease. */
export class LeaseHeldError extends Error {
  override readonly name = 'LeaseHeldError';
  constructor(readonly holder: Lease) {
    super(`The lease is held by ${holder.owner}.`);
  }
}

/** True when the holder gave the lease back. */
export const isReleased = (lease: Lease): boolean => lease.expires_at === 0;

/** The lease expired and is no longer ours: nothing may be published any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The entries of a user's document. @throws DamagedFileError naming its path when they have another form */
export function entriesOf(document: unknown, path: string): readonly UserEntry[] {
  const entries = document instanceof Object && 'entries' in document ? document.entries : null;
  if (!Array.isArray(entries) || !entries.every((entry) => entry instanceof Object))
    throw new DamagedFileError(path);
  return entries as UserEntry[];
}

/**
 * What serving needs of the users.
 * Every method throws StoreUnavailableError when the store cannot be reached in time.
 */
export interface UserReader {
  /** Looks whether the store answers at all, without reading anything in it: that needs no right. */
  ping(): Promise<void>;
  /** The user's document, or null when there is none. */
  get(userId: number): Promise<UserDocument | null>;
}

/** What a recompute needs: users, runs and its lease. */
export interface UserStore extends UserReader {
  /** Writes documents, each whole or not at all, in no fixed order; returns how many. */
  write(documents: AsyncIterable<readonly UserDocument[]>): Promise<number>;
  /** Removes users; those that are not there are passed over. Returns how many ids were given. */
  remove(userIds: AsyncIterable<readonly number[]>): Promise<number>;
  /** Every user id in the store, in no fixed order. */
  ids(): AsyncIterable<readonly number[]>;
  /** Writes a run's record, replacing the one of that id. */
  putRun(run: RunRecord): Promise<void>;
  /** A run's record, or null when there is none of that id. */
  getRun(runId: string): Promise<RunRecord | null>;
  /** Runs with at least this sequence, newest first. */
  runs(sinceSequence: number): Promise<RunRecord[]>;
  /**
   * Takes the lease if it is free, or if its holder has been silent for the lifetime by the store's own clock, whatever
   * the clocks of the two say; throws LeaseHeldError if not.
   * @param now the owner's clock, for what it says of itself
   * @param above the token is higher than this (0 by default), even if the store forgot the tokens it gave
   */
  acquireLease(owner: string, now: number, lifetimeMs: number, above?: number): Promise<Lease>;
  /** Extends a lease that is still ours; throws LeaseLostError if it is not. */
  renewLease(lease: Lease, now: number, lifetimeMs: number): Promise<Lease>;
  /** Gives the lease back; does nothing when it is no longer ours. */
  releaseLease(lease: Lease): Promise<void>;
}
