/** The row numbers for which `isKept` holds. A loop: the filter of typed arrays costs several times as much. */
export function keptRows(numbers: Int32Array, isKept: (row: number) => boolean): Int32Array {
  const kept = new Int32Array(numbers.length);
  let count = 0;
  for (let at = 0; at < numbers.length; at++) {
    const row = numbers[at] ?? 0;
    if (isKept(row)) kept[count++] = row;
  }
  return kept.subarray(0, count);
}
