import { ALPHABET, letterCode } from './fold.ts';

/** Room for the project's lexicons; a larger one makes it grow. */
const INITIAL_NODES = 32_768;

/** Word forms by their letters: a trie in one typed array, walked a letter at a time without making strings. */
export class Words {
  private next: Int32Array;
  private ids: Int32Array;
  private size = 1;

  /** @param forms [form, id > 0] of every word, in folded letters: a–z and 0–9 */
  constructor(forms: Iterable<readonly [form: string, id: number]>, room = INITIAL_NODES) {
    this.next = new Int32Array(ALPHABET * room);
    this.ids = new Int32Array(room);
    for (const [form, id] of forms) this.add(form, id);
  }

  private add(form: string, id: number): void {
    let node = 0;
    for (let i = 0; i < form.length; i++) {
      const at = node * ALPHABET + letterCode(form.charCodeAt(i));
      if (this.next[at] === 0) {
        if (this.size === this.ids.length) this.grow();
        this.next[at] = this.size++;
      }
      node = this.next[at] as number;
    }
    this.ids[node] = id;
  }

  private grow(): void {
    const next = new Int32Array(this.next.length * 2);
    next.set(this.next);
    this.next = next;
    const ids = new Int32Array(this.ids.length * 2);
    ids.set(this.ids);
    this.ids = ids;
  }

  /** The node after one more letter, or −1 when no word goes on like this. */
  step(node: number, code: number): number {
    return node < 0 ? -1 : this.next[node * ALPHABET + code] || -1;
  }

  /** The id of the word that ends at a node, 0 when none does. */
  idAt(node: number): number {
    return node < 0 ? 0 : (this.ids[node] as number);
  }
}
