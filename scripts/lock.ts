/** An installed package, as a package-lock.json records it. */
interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The part of a package-lock.json (version 3) that is read here. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, Locked>>;
}

/** A package.json as a bundle has it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Where Node finds a package from a place in the tree: there, or in the nearest folder above. */
function placeOf({ packages }: Lockfile, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (place in packages) return place;
    if (folder === '') return null;
  }
}

/**
 * The lockfile of a bundle: the part of the project's that its dependencies reach, so that the cloud installs the very
 * versions that were tested here.
 */
export function lockOf(manifest: Manifest, lock: Lockfile): object {
  const reached = new Map<string, Locked>();
  const follow = (from: string, names: readonly string[]): void => {
    for (const name of names) {
      const place = placeOf(lock, from, name);
      const found = place === null ? undefined : lock.packages[place];
      if (place === null || found === undefined || reached.has(place)) continue;
      reached.set(place, found);
      follow(
        place,
        Object.keys({ ...found.dependencies, ...found.optionalDependencies, ...found.peerDependencies }),
      );
    }
  };
  follow('', Object.keys(manifest.dependencies));
  const packages = Object.fromEntries([...reached].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { name, version } = manifest;
  return { name, version, lockfileVersion: 3, requires: true, packages: { '': manifest, ...packages } };
}
