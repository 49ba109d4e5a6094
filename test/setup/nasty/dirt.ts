/** Seeded choices, and how often each kind of dirt was chosen. */
export class Dirt {
  /** Every kind of dirt that could occur, with its number of occurrences. */
  readonly counts = new Map<string, number>();
  readonly #decks = new Map<string, () => string>();
  #state: number;

  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** A number from 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('There is nothing to pick from.');
    return items[this.int(0, items.length - 1)] as T;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  /** A choice by chance that is counted by its name. */
  happens(name: string, share: number): boolean {
    const found = this.chance(share);
    this.count(name, found ? 1 : 0);
    return found;
  }

  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  /**
   * Draws from a shuffled list, and shuffles it anew when all were drawn: rare spellings come as often as others. A
   * name has one deck.
   */
  deck(name: string, items: readonly string[]): () => string {
    const known = this.#decks.get(name);
    if (known) return known;
    const label = (item: string) => `${name}: ${JSON.stringify(item)}`;
    for (const item of items) this.count(label(item), 0);
    let left: string[] = [];
    const draw = (): string => {
      if (left.length === 0) left = this.shuffled(items);
      const item = left.pop() as string;
      this.count(label(item));
      return item;
    };
    this.#decks.set(name, draw);
    return draw;
  }

  /** A deck of functions by their names. */
  deckOf<F>(name: string, functions: Readonly<Record<string, F>>): () => F {
    const draw = this.deck(name, Object.keys(functions));
    return () => functions[draw()] as F;
  }

  /** Takes items in turn, from one that the seed names: what an export has once only, a few seeds have all of. */
  turns(name: string, items: readonly string[]): () => string {
    const known = this.#decks.get(name);
    if (known) return known;
    let next = Math.floor(this.seed / 2);
    const label = (item: string) => `${name}: ${JSON.stringify(item)}`;
    for (const item of items) this.count(label(item), 0);
    const draw = (): string => {
      const item = items[next++ % items.length] as string;
      this.count(label(item));
      return item;
    };
    this.#decks.set(name, draw);
    return draw;
  }
}
