/** One call of a program that is found on PATH. */
export interface Command {
  readonly program: 'gcloud' | 'firebase';
  readonly args: readonly string[];
}

/** One thing to bring about; running it again changes nothing that is right already. */
export interface Step {
  /** What is brought about, in words. */
  readonly why: string;
  /** Tells whether the thing is there; without it, `update` always runs. */
  readonly exists?: Command;
  /** Run when the thing is not there. */
  readonly create: readonly Command[];
  /** Run when the thing is there. */
  readonly update: readonly Command[];
  /** What a person has to do first, when the thing is not there and `create` is empty. */
  readonly missing?: string;
  /** What a person can do when a command fails. */
  readonly advice: string;
}

/**
 * What every step needs to know.
 * All of it is plain values, so that a plan is the same whoever makes it.
 */
export interface Target {
  readonly project: string;
  readonly region: string;
  /** Where the exports are, as `gs://bucket/prefix`. */
  readonly exportsUri: string;
  /** True when the bucket of the exports is ours to create. */
  readonly ownsExports: boolean;
  /** File with the SHA-256 hashes of the client keys, to become the newest version of the secret. */
  readonly clientKeys: string | null;
  /** Service accounts that may read profiles; null leaves what is set. */
  readonly clientAccounts: string | null;
  /** Origins of web pages that may call; null leaves what is set. */
  readonly corsOrigins: string | null;
}

/** Secret that holds the hashes of the client keys. */
export const KEYS_SECRET = 'etreprof-client-keys';

/** Firestore database of the functions. */
export const DATABASE = '(default)';

/** Bucket of the artifacts. */
export const artifactBucket = (project: string): string => `${project}-etreprof-artifacts`;

/** Where the exports are unless said otherwise. */
export const defaultExports = (project: string): string => `gs://${project}-etreprof-exports/nightly`;

/** `gs://bucket` of a `gs://bucket/prefix`. */
export const bucketOf = (uri: string): string => uri.split('/').slice(0, 3).join('/');

/** E-mail address of one of our service accounts, such as `public` or `scheduler`. */
export const accountOf = (project: string, role: string): string =>
  `etreprof-${role}@${project}.iam.gserviceaccount.com`;

/** URL of a function, which is also the audience of ID tokens for it. */
export const urlOf = ({ project, region }: Target, name: string): string =>
  `https://${region}-${project}.cloudfunctions.net/${name}`;

/** A gcloud command such as `storage buckets create`, in the project; it never asks. */
export const gcloud = ({ project }: Target, command: string, ...args: string[]): Command => ({
  program: 'gcloud',
  args: [...command.split(' '), ...args, `--project=${project}`, '--quiet'],
});

/** A firebase command in the project; it never asks. */
export const firebase = ({ project }: Target, ...args: string[]): Command => ({
  program: 'firebase',
  args: [...args, `--project=${project}`, '--non-interactive'],
});
