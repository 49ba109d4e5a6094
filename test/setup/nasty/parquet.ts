import { DuckDBInstance } from '@duckdb/node-api';
import { arrayOf, flagOf, integerOf, textOf, timeOf } from '../../pipeline/oracle/cells.ts';
import type { Column } from './csv.ts';
import type { Dirt } from './dirt.ts';
import type { Line, TableName } from './tables.ts';

const NUMBERS = ['BIGINT', 'DOUBLE'];
const TIMES = ['TIMESTAMP', 'TIMESTAMPTZ', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'DATE', 'BIGINT', 'DOUBLE'];
const SCHOOLS = [
  'STRUCT(academie VARCHAR, code_postal VARCHAR)[]',
  'STRUCT(academie VARCHAR, code_postal BIGINT)[]',
];

/** Types that a column can have beside text. */
const TYPES: Record<TableName, Record<string, readonly string[]>> = {
  users: {
    id: NUMBERS,
    codepostal: NUMBERS,
    anciennete: [...NUMBERS, 'TINYINT'],
    created_at: TIMES,
    json_niveau: ['VARCHAR[]', 'JSON'],
    json_discipline: ['VARCHAR[]', 'JSON', 'STRUCT(nom VARCHAR)'],
    json_etablissement: [...SCHOOLS, 'JSON'],
  },
  contents: {
    id: [...NUMBERS, 'INTEGER'],
    transition_ecologique: ['BOOLEAN', ...NUMBERS],
    sante_mentale: ['BOOLEAN', ...NUMBERS],
    ecole_inclusive: ['BOOLEAN', ...NUMBERS],
    cps: ['BOOLEAN', ...NUMBERS, 'TINYINT'],
    reussite_tous_eleves: ['BOOLEAN', ...NUMBERS],
  },
  interaction_events: {
    id: NUMBERS,
    user_id: NUMBERS,
    content_id: NUMBERS,
    created_at: TIMES.filter((type) => type !== 'DATE'),
  },
};

const FLAG = /^(transition_ecologique|sante_mentale|ecole_inclusive|cps|reussite_tous_eleves)$/;

/** The number a cell stands for, as text that DuckDB casts; null for none. */
function numberOf(key: string, cell: string): string | null {
  if (FLAG.test(key)) return textOf(cell) === null ? null : flagOf(cell, key) ? '1' : '0';
  const time = key === 'created_at' ? timeOf(cell) : null;
  if (time !== null) return String(time / 1000n);
  const text = (textOf(cell) ?? '').replace(',', '.');
  return /^[+-]?\d+(\.\d+)?$/.test(text) && Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER ? text : null;
}

/** A typed time as text that DuckDB casts; some of those that are unreadable lie out of the range of years. */
function instantOf(dirt: Dirt, cell: string): string | null {
  const micros = timeOf(cell);
  if (micros === null)
    return textOf(cell) !== null && dirt.chance(0.5)
      ? dirt.pick(['1949-12-31 23:59:59', '1900-01-01', '1700-03-01', 'infinity', '-infinity'])
      : null;
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19);
  return `${second}.${String(rest).padStart(6, '0')}+00`;
}

function jsonOf(type: string, cell: string): string | null {
  const array = arrayOf(cell);
  if (array === null || array === 'malformed') return null;
  if (type === 'JSON') return JSON.stringify(array);
  if (type === 'STRUCT(nom VARCHAR)') return JSON.stringify({ nom: array.map(String).join() });
  const simple = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? value : null);
  if (type === 'VARCHAR[]')
    return JSON.stringify(
      array.map((value) => (typeof value === 'object' ? null : simple(value)?.toString())),
    );
  const numbers = type.includes('BIGINT');
  return JSON.stringify(
    array.map((value) => {
      if (typeof value !== 'object' || value === null) return null;
      const { academie, code_postal: code } = value as Record<string, unknown>;
      const text = simple(code)?.toString() ?? null;
      const digits = text !== null && /^\d{1,5}$/.test(text) ? Number(text) : null;
      return { academie: simple(academie)?.toString() ?? null, code_postal: numbers ? digits : text };
    }),
  );
}

/** A cell of a typed column, as text that DuckDB casts to the type. */
function typedOf(dirt: Dirt, type: string, key: string, cell: string): string | null {
  if (type === 'VARCHAR')
    return cell === '' && dirt.chance(0.5) ? null : cell.replace(/[\udc80-\udcff]/gu, 'é');
  if (key.startsWith('json_')) return jsonOf(type, cell);
  if (type === 'BOOLEAN') return textOf(cell) === null ? null : String(flagOf(cell, key));
  if (type.startsWith('TIME') || type === 'DATE') return instantOf(dirt, cell);
  const number = numberOf(key, cell);
  if (type === 'DOUBLE') return number ?? (dirt.chance(0.5) ? 'NaN' : null);
  const integer = integerOf(cell) ?? integerOf(number);
  if (key === 'created_at' || FLAG.test(key)) return number;
  return integer === null ? null : String(integer);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The expression that makes a typed column from text. */
function castOf(type: string, name: string): string {
  if (type === 'VARCHAR') return name;
  if (type.startsWith('STRUCT') || type === 'VARCHAR[]') {
    const shape = type
      .replace(/STRUCT\((.*)\)/, (_, fields: string) => `{${fields.replace(/(\w+) (\w+)/g, '"$1":"$2"')}}`)
      .replace(/^(.*)\[\]$/, (_, of: string) => `[${of === 'VARCHAR' ? '"VARCHAR"' : of}]`);
    return `json_transform(${name}, '${shape}')`;
  }
  return `TRY_CAST(${name} AS ${type})`;
}

/** A Parquet file, all text or with types that mean the same. */
export async function writeParquet(
  dirt: Dirt,
  path: string,
  table: TableName,
  { columns, lines, typed }: { columns: readonly Column[]; lines: readonly Line[]; typed: boolean },
): Promise<void> {
  const plan = columns.map(({ header, key }, i) => {
    const types = (typed && key !== null && TYPES[table][key]) || [];
    const draw =
      types.length > 0 ? dirt.turns(`types of ${table} ${key}`, ['VARCHAR', ...types])() : 'VARCHAR';
    return { name: `c${i}`, header, key, type: draw };
  });
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(`CREATE TABLE cells (${plan.map(({ name }) => `${name} VARCHAR`).join(', ')})`);
    const appender = await connection.createAppender('cells');
    for (const line of lines) {
      for (const { key, type } of plan) {
        const cell = key === null ? null : typedOf(dirt, type, key, line[key] ?? '');
        if (cell === null) appender.appendNull();
        else appender.appendVarchar(cell);
      }
      appender.endRow();
    }
    appender.closeSync();
    const select = plan.map(({ name, header, type }) => `${castOf(type, name)} AS ${quoted(header)}`);
    await connection.run(
      `COPY (SELECT ${select.join(', ')} FROM cells) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
