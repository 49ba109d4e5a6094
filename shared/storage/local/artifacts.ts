import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pointer } from '../../clustering/model.ts';
import {
  type ArtifactBody,
  ArtifactExistsError,
  type ArtifactStore,
  bytesOf,
  type PlacedPointer,
  PointerMovedError,
  pointerOf,
} from '../artifacts.ts';
import { Cell } from './cell.ts';
import {
  createFile,
  namesIn,
  onDisk,
  type Place,
  readOrNull,
  replaceFile,
  storePlace,
  temporaryPlace,
} from './files.ts';

/** Artifacts in a folder. `models/current.json` is a copy for people; the pointer itself is the cell beside it. */
export class LocalArtifacts implements ArtifactStore {
  private readonly models: string;
  private readonly cell: Cell<Pointer>;
  private readonly place: Place;

  constructor(folder: string) {
    this.place = storePlace('artifact', folder);
    this.models = join(folder, 'models');
    this.cell = new Cell(join(this.models, '.pointer'));
  }

  read(version: string, name: string): Promise<Uint8Array | null> {
    return onDisk(this.place, () => readOrNull(join(this.models, version, name)));
  }

  write(version: string, name: string, body: ArtifactBody): Promise<void> {
    return onDisk(this.place, async () => {
      if (!(await createFile(join(this.models, version, name), await bytesOf(body)))) {
        throw new ArtifactExistsError(`models/${version}/${name} is there already.`);
      }
    });
  }

  redact(version: string, name: string, body: ArtifactBody): Promise<void> {
    return onDisk(this.place, async () => replaceFile(join(this.models, version, name), await bytesOf(body)));
  }

  async fetch(version: string, name: string, file: string): Promise<boolean> {
    const bytes = await this.read(version, name);
    if (!bytes) return false;
    await onDisk(temporaryPlace(), () => writeFile(file, bytes));
    return true;
  }

  readPointer(): Promise<PlacedPointer | null> {
    return onDisk(this.place, async () => {
      const found = await this.cell.read();
      if (!found) return null;
      const { number, value } = found;
      return { pointer: pointerOf(value, this.cell.path(number)), generation: String(number) };
    });
  }

  movePointer(pointer: Pointer, generation: string | null): Promise<string> {
    return onDisk(this.place, async () => {
      const next = Number(generation ?? 0) + 1;
      if (!(await this.cell.write(next, pointer))) {
        throw new PointerMovedError('The pointer was moved by someone else.');
      }
      await replaceFile(join(this.models, 'current.json'), JSON.stringify(pointer, null, 2) + '\n');
      return String(next);
    });
  }

  versions(): Promise<string[]> {
    return onDisk(this.place, async () =>
      (await namesIn(this.models)).filter((name) => name !== 'current.json' && !name.startsWith('.')),
    );
  }

  remove(version: string): Promise<void> {
    return onDisk(this.place, () => rm(join(this.models, version), { recursive: true, force: true }));
  }
}
