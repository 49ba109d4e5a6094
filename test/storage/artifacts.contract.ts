import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Pointer } from '../../shared/clustering/model.ts';
import {
  ArtifactExistsError,
  type ArtifactStore,
  PointerMovedError,
} from '../../shared/storage/artifacts.ts';
import { folder } from '../setup/folders.ts';

const text = (body: Uint8Array | null) => body && Buffer.from(body).toString('utf8');
const pointer = (sequence: number): Pointer => ({
  schema_version: 1,
  version: `v${sequence}`,
  sequence,
  computed_at: '2025-01-01T00:00:00.000Z',
});

/** What every artifact store must do. */
export function artifactContract(name: string, open: () => Promise<ArtifactStore>): void {
  describe(`${name} as an artifact store`, () => {
    test('reads back what was written, bytes or file', async () => {
      const store = await open();
      const file = join(await folder(), 'table');
      await writeFile(file, 'from a file');
      await store.write('v1', 'a.json', Buffer.from('é'));
      await store.write('v1', 'b.csv', { file });
      expect(text(await store.read('v1', 'a.json'))).toBe('é');
      expect(text(await store.read('v1', 'b.csv'))).toBe('from a file');
    });

    test('says null for what is not there', async () => {
      const store = await open();
      expect(await store.read('v1', 'a.json')).toBeNull();
      expect(await store.fetch('v1', 'a.json', join(await folder(), 'x'))).toBe(false);
      expect(await store.readPointer()).toBeNull();
      expect(await store.versions()).toEqual([]);
    });

    test('never rewrites an artifact', async () => {
      const store = await open();
      await store.write('v1', 'a.json', Buffer.from('first'));
      await expect(store.write('v1', 'a.json', Buffer.from('second'))).rejects.toThrow(ArtifactExistsError);
      expect(text(await store.read('v1', 'a.json'))).toBe('first');
    });

    test('redacts an artifact when asked to', async () => {
      const store = await open();
      await store.write('v1', 'a.json', Buffer.from('first'));
      await store.redact('v1', 'a.json', Buffer.from('second'));
      expect(text(await store.read('v1', 'a.json'))).toBe('second');
    });

    test('of writers of one name exactly one wins', async () => {
      const store = await open();
      const tries = Array.from({ length: 8 }, (_, i) => store.write('v1', 'a.json', Buffer.from(String(i))));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('fetches an artifact into a file', async () => {
      const store = await open();
      await store.write('v1', 'a.json', Buffer.from('body'));
      const file = join(await folder(), 'copy');
      expect(await store.fetch('v1', 'a.json', file)).toBe(true);
      const again = await open();
      await again.write('v2', 'a.json', { file });
      expect(text(await again.read('v2', 'a.json'))).toBe('body');
    });

    test('moves the pointer from the generation that was read', async () => {
      const store = await open();
      const first = await store.movePointer(pointer(1), null);
      expect(await store.readPointer()).toEqual({ pointer: pointer(1), generation: first });
      const second = await store.movePointer(pointer(2), first);
      expect(await store.readPointer()).toEqual({ pointer: pointer(2), generation: second });
    });

    test('refuses to move a pointer that someone else moved', async () => {
      const store = await open();
      const first = await store.movePointer(pointer(1), null);
      await store.movePointer(pointer(2), first);
      await expect(store.movePointer(pointer(3), first)).rejects.toThrow(PointerMovedError);
      await expect(store.movePointer(pointer(3), null)).rejects.toThrow(PointerMovedError);
      expect((await store.readPointer())?.pointer).toEqual(pointer(2));
    });

    test('of movers from one generation exactly one wins', async () => {
      const store = await open();
      const first = await store.movePointer(pointer(1), null);
      const tries = Array.from({ length: 8 }, (_, i) => store.movePointer(pointer(i + 2), first));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('lists versions and removes them whole', async () => {
      const store = await open();
      await store.write('v1', 'a.json', Buffer.from('1'));
      await store.write('v1', 'b.json', Buffer.from('1'));
      await store.write('v2', 'a.json', Buffer.from('2'));
      await store.movePointer(pointer(2), null);
      expect((await store.versions()).sort()).toEqual(['v1', 'v2']);
      await store.remove('v1');
      expect(await store.versions()).toEqual(['v2']);
      expect(await store.read('v1', 'b.json')).toBeNull();
    });
  });
}
