/** The values at `rows`, in that order. Loops, because `TypedArray.from` with a function is ten times slower and a task waits for its snapshot. */
export function pickedDoubles(values: ArrayLike<number>, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) picked[at] = values[rows[at] ?? 0] ?? 0;
  return picked;
}

export function pickedIntegers(values: ArrayLike<number>, rows: Int32Array): Int32Array {
  const picked = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at++) picked[at] = values[rows[at] ?? 0] ?? 0;
  return picked;
}

export function pickedBytes(values: ArrayLike<number>, rows: Int32Array): Uint8Array {
  const picked = new Uint8Array(rows.length);
  for (let at = 0; at < rows.length; at++) picked[at] = values[rows[at] ?? 0] ?? 0;
  return picked;
}
