/** Rows × columns of doubles, row after row in one flat array. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** Row `index` as a view, not a copy. */
export function row(matrix: Matrix, index: number): Float64Array {
  return matrix.values.subarray(index * matrix.columns, (index + 1) * matrix.columns);
}

/** The given rows as a new matrix, in the order given. */
export function pickRows(matrix: Matrix, indexes: readonly number[]): Matrix {
  const values = new Float64Array(indexes.length * matrix.columns);
  indexes.forEach((index, at) => values.set(row(matrix, index), at * matrix.columns));
  return { rows: indexes.length, columns: matrix.columns, values };
}
