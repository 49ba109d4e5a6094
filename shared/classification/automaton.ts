/**
 * Sequences of small numbers and what each stands for, as a minimal automaton in two flat arrays (a double array):
 * from the state at `base`, `code` leads to the state `next[base + code]` if `check[base + code]` is that very code.
 * Code 0 ends a sequence: its cell holds the value instead of a state. No two states have the same base.
 * Source: Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array Structure" (1989).
 */
export interface Automaton<Check extends Uint8Array | Uint16Array> {
  readonly next: Uint16Array;
  readonly check: Check;
}

/** The most a cell can hold: a base or a value. */
const LARGEST = 0xffff;

/** A sequence of codes > 0 and the value > 0 that it stands for. */
export type Entry = readonly [codes: readonly number[], value: number];

interface State {
  value: number;
  readonly children: Map<number, State>;
}

/** The tree of all sequences; of equal ones the last counts. */
function treeOf(entries: Iterable<Entry>): State {
  const root: State = { value: 0, children: new Map() };
  for (const [codes, value] of entries) {
    let state = root;
    for (const code of codes) {
      let child = state.children.get(code);
      if (!child) state.children.set(code, (child = { value: 0, children: new Map() }));
      state = child;
    }
    state.value = value;
  }
  return root;
}

/** States of the tree that go on alike become one. */
function merge(state: State, known: Map<string, State>, numbers: Map<State, number>): State {
  for (const [code, child] of state.children) state.children.set(code, merge(child, known, numbers));
  const edges = [...state.children].sort(([a], [b]) => a - b);
  const key = `${state.value}|${edges.map(([code, child]) => `${code}:${numbers.get(child)}`).join()}`;
  const same = known.get(key);
  if (same) return same;
  known.set(key, state);
  numbers.set(state, numbers.size);
  return state;
}

/** The codes that lead on from a state, 0 among them when a sequence ends there. */
const cellsOf = ({ value, children }: State): number[] =>
  [...(value > 0 ? [0] : []), ...children.keys()].sort((a, b) => a - b);

/**
 * Compiles sequences.
 * @param codes how many codes there are: all are smaller
 * @param root base of the first state; the cells before it stay empty
 * @throws RangeError when the automaton outgrows its cells
 */
export function compileAutomaton<Check extends Uint8Array | Uint16Array>(
  entries: Iterable<Entry>,
  { codes, root, check: make }: { codes: number; root: number; check: (length: number) => Check },
): Automaton<Check> {
  if (codes > LARGEST) throw new RangeError(`There are ${codes} codes, of which a cell holds ${LARGEST}.`);
  const start = merge(treeOf(entries), new Map(), new Map());
  const states = new Set<State>([start]);
  for (const state of states) for (const child of state.children.values()) states.add(child);
  const taken = new Uint8Array(LARGEST + codes);
  const used = new Uint8Array(LARGEST + codes);
  const bases = new Map<State, number>();
  let firstFree = root;
  const place = (state: State, cells: readonly number[]) => {
    while (taken[firstFree] === 1) firstFree++;
    const lowest = cells[0] ?? 0;
    const fits = (base: number) => used[base] === 0 && cells.every((code) => taken[base + code] === 0);
    let base = Math.max(root, firstFree - lowest);
    while (base < LARGEST && !fits(base)) base++;
    if (base >= LARGEST) throw new RangeError(`The automaton needs more than ${LARGEST} cells.`);
    bases.set(state, base);
    used[base] = 1;
    for (const code of cells) taken[base + code] = 1;
  };
  place(start, cellsOf(start));
  // The widest states first: the narrow ones fill the gaps between them.
  const others = [...states].slice(1).map((state) => ({ state, cells: cellsOf(state) }));
  others.sort((a, b) => b.cells.length - a.cells.length);
  for (const { state, cells } of others) place(state, cells);
  const size = Math.max(...bases.values()) + codes;
  const next = new Uint16Array(size);
  const check = make(size).fill(LARGEST) as Check;
  for (const [state, base] of bases) {
    if (state.value > LARGEST) throw new RangeError(`The value ${state.value} is larger than ${LARGEST}.`);
    if (state.value > 0) {
      next[base] = state.value;
      check[base] = 0;
    }
    for (const [code, child] of state.children) {
      next[base + code] = bases.get(child) as number;
      check[base + code] = code;
    }
  }
  return { next, check };
}

/** The value of the sequence that ends at a base, 0 when none does. */
export const valueAt = ({ next, check }: Automaton<Uint8Array | Uint16Array>, base: number): number =>
  check[base] === 0 ? (next[base] as number) : 0;
