/** The same array when `length` fits, otherwise a copy of at least twice the size. New places are 0. */
export function grown<A extends Uint8Array | Int32Array | Float64Array>(array: A, length: number): A {
  if (length <= array.length) return array;
  const size = Math.max(array.length * 2, length);
  const larger = allocateLike(array, size);
  larger.set(array);
  return larger as A;
}

function allocateLike(array: Uint8Array | Int32Array | Float64Array, size: number) {
  if (array instanceof Uint8Array) return new Uint8Array(size);
  return array instanceof Int32Array ? new Int32Array(size) : new Float64Array(size);
}
