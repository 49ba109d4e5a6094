import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Column, csvOf, gzipOf, type RowEnds } from './nasty/csv.ts';
import { Dirt } from './nasty/dirt.ts';
import type { Clock } from './nasty/events.ts';
import { writeParquet } from './nasty/parquet.ts';
import { type Line, nastyTables, type TableName, withBrokenCells } from './nasty/tables.ts';

export interface NastyExport {
  /** Folder or pattern to hand to the pipeline. */
  readonly source: string;
  /** Paths of the parts of each table. */
  readonly files: Readonly<Record<TableName, readonly string[]>>;
  readonly now: number;
  readonly asOf: number | null;
  /** What form the files have, for names of tests. */
  readonly form: string;
  /** Every kind of dirt that can occur in this form, with the number of its occurrences. */
  readonly dirt: ReadonlyMap<string, number>;
}

interface Form {
  readonly name: string;
  readonly extension: 'csv' | 'csv.gz' | 'parquet';
  readonly ends?: RowEnds;
  readonly members?: 'one' | 'several';
  readonly parts?: boolean;
  readonly typed?: boolean;
}

/** Forms of exports; seeds take them in turn. */
export const FORMS: readonly Form[] = [
  { name: 'CSV with LF', extension: 'csv', ends: 'LF' },
  { name: 'Parquet, typed', extension: 'parquet', typed: true },
  { name: 'CSV with CRLF', extension: 'csv', ends: 'CRLF' },
  { name: 'CSV in parts', extension: 'csv', ends: 'LF', parts: true },
  { name: 'gzip in one member', extension: 'csv.gz', ends: 'LF', members: 'one' },
  { name: 'Parquet, all text', extension: 'parquet' },
  { name: 'CSV with mixed row ends', extension: 'csv', ends: 'mixed' },
  { name: 'Parquet in parts whose types differ', extension: 'parquet', typed: true, parts: true },
  { name: 'gzip in several members', extension: 'csv.gz', ends: 'CRLF', members: 'several' },
  { name: 'CSV with CR', extension: 'csv', ends: 'CR' },
  { name: 'gzip in parts', extension: 'csv.gz', ends: 'mixed', members: 'several', parts: true },
];

/** Columns that need not be there. The pipeline can do without json_niveau, but ties of typed exports need it. */
const OPTIONAL: Record<TableName, readonly string[]> = {
  users: ['codepostal', 'anciennete', 'created_at', 'json_discipline', 'json_etablissement'],
  contents: ['title', 'markdown', 'transition_ecologique', 'sante_mentale', 'cps'],
  interaction_events: ['id'],
};
/** Seeds whose files of a table lack a column. */
const LACKS: Record<TableName, (seed: number) => boolean> = {
  users: (seed) => seed % 2 === 0,
  contents: (seed) => seed % 2 === 1,
  interaction_events: (seed) => seed % 10 === 4,
};

/** The columns of a file: in another order, with other names, some missing, some that mean nothing. */
function columnsOf(dirt: Dirt, lines: readonly Line[], form: Form, missing: string | null): Column[] {
  const style = dirt.deckOf<(name: string) => string>('headers', {
    same: (name) => name,
    upper: (name) => name.toUpperCase(),
    title: (name) => name.charAt(0).toUpperCase() + name.slice(1),
    blanks: (name) => ` ${name}  `,
    'tab and NBSP': (name) => `\t${name.toUpperCase()}\u00a0`,
  });
  const keys = Object.keys(lines[0] ?? {}).filter((key) => key !== missing);
  const columns: Column[] = keys.map((key) => ({ header: dirt.chance(0.4) ? style()(key) : key, key }));
  const order =
    form.parts || dirt.happens('columns in another order', 0.4) ? dirt.shuffled(columns) : columns;
  if (form.extension === 'parquet') return order;
  const doubled = ['nom', 'auteur', 'agent'].find((key) => keys.includes(key)) ?? '';
  if (dirt.happens('a doubled column that is not read', 0.4)) order.push({ header: doubled, key: doubled });
  // The name of no column that is read, though close to one.
  if (dirt.happens('an empty column', 0.3)) order.push({ header: 'user id', key: null });
  return dirt.happens('an unnamed first column', 0.4) ? [{ header: '', key: 'nom' }, ...order] : order;
}

async function writePart(
  dirt: Dirt,
  path: string,
  table: TableName,
  lines: readonly Line[],
  form: Form,
  missing: string | null,
) {
  const columns = columnsOf(dirt, lines, form, missing);
  if (form.extension === 'parquet')
    return writeParquet(dirt, path, table, { columns, lines, typed: form.typed === true });
  const bytes = csvOf(dirt, columns, lines, form.ends ?? 'LF');
  return writeFile(path, form.members ? gzipOf(dirt, bytes, form.members) : bytes);
}

/** The lines of each part, all of them not empty. */
function partsOf(dirt: Dirt, lines: readonly Line[], form: Form): Line[][] {
  const count = form.parts ? dirt.int(2, 3) : 1;
  const size = Math.ceil(lines.length / count);
  return Array.from({ length: count }, (_, i) => lines.slice(i * size, (i + 1) * size));
}

function clockOf(dirt: Dirt): Clock {
  // A clock in the last hours of a year: events within a day after it lie in the next one.
  const now = dirt.pick([
    Date.UTC(2025, 6, 2, 3),
    Date.UTC(2025, 11, 31, 20),
    Date.UTC(2025, 2, 10, 9, 30, 1, 250),
  ]);
  const given = dirt.happens('as_of is given', 0.4);
  const asOf = given ? now - dirt.pick([0, 1, 86_400_000, 40 * 86_400_000, 400 * 86_400_000]) : null;
  return {
    now: BigInt(now) * 1000n,
    asOf: asOf === null ? null : BigInt(asOf) * 1000n,
    reach: dirt.pick(['a day', 'half a day', 'the clock']),
  };
}

/** Writes an export that holds all the dirt that the data contract names, the same for the same seed. */
export async function writeNasty(folder: string, seed: number): Promise<NastyExport> {
  const dirt = new Dirt(seed);
  const form = FORMS[seed % FORMS.length] as Form;
  const clock = clockOf(dirt);
  const tables = nastyTables(dirt, clock, form.typed === true);
  await mkdir(folder, { recursive: true });
  const write = async (table: TableName): Promise<string[]> => {
    const breaks = table === 'interaction_events' && form.extension !== 'parquet';
    const lines = breaks ? withBrokenCells(dirt, tables[table]) : tables[table];
    const absent = dirt.turns(`absent columns of ${table}`, OPTIONAL[table]);
    const missing = LACKS[table](dirt.seed) ? absent() : null;
    const paths: string[] = [];
    for (const [i, part] of partsOf(dirt, lines, form).entries()) {
      const path = join(folder, `${table}${form.parts ? `-${i + 1}` : ''}.${form.extension}`);
      await writePart(dirt, path, table, part, form, missing);
      paths.push(path);
    }
    return paths;
  };
  const files = {
    users: await write('users'),
    contents: await write('contents'),
    interaction_events: await write('interaction_events'),
  };
  return {
    source: form.parts ? join(folder, `*.${form.extension}`) : folder,
    files,
    now: Number(clock.now / 1000n),
    asOf: clock.asOf === null ? null : Number(clock.asOf / 1000n),
    form: `seed ${seed}: ${form.name}`,
    dirt: dirt.counts,
  };
}
