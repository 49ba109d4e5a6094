import { COLUMNS, columnsOf, SourceError, type TableName } from './source-error.ts';

/** A column's name as it is compared: without blanks around it and without regard to case. */
const folded = (name: string): string => name.trim().normalize('NFC').toLowerCase();

/**
 * Where the columns that are read stand among a file's columns. Others do not matter.
 * @returns place in `names` by the column's name in the data contract
 * @throws SourceError when a required column is missing, or one that is read stands there twice
 */
export function placesOf(table: TableName, file: string, names: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const column of columnsOf(table)) {
    const found = names.flatMap((name, index) => (folded(name) === column ? [index] : []));
    if (found.length > 1) {
      const message = `The file ${file} has ${found.length} columns "${column}": take out all but one.`;
      throw new SourceError(`${table} columns`, message);
    }
    if (found[0] !== undefined) places.set(column, found[0]);
  }
  for (const column of COLUMNS[table].required) {
    if (!places.has(column)) {
      throw new SourceError(`${table} columns`, `The file ${file} lacks the required column "${column}".`);
    }
  }
  return places;
}

/** Parts of one table must have the same of the columns that are read. @throws SourceError naming part and column */
export function requireSameColumns(
  table: TableName,
  parts: readonly { readonly name: string; readonly places: ReadonlyMap<string, number> }[],
): void {
  for (const column of columnsOf(table)) {
    const [has] = parts.filter(({ places }) => places.has(column));
    const [lacks] = parts.filter(({ places }) => !places.has(column));
    if (has && lacks) {
      throw new SourceError(
        `${table} columns`,
        `The file ${lacks.name} lacks the column "${column}" that ${has.name} has: export both alike.`,
      );
    }
  }
}
