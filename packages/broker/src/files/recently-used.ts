/** Values that are expensive to keep, at most so many at a time: the least recently used one goes first. */
export class RecentlyUsed<Key, Value> {
  private readonly values = new Map<Key, Value>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.values.size;
  }

  /** The value of a key, made when it is not there. */
  get(key: Key, make: () => Value): Value {
    const present = this.values.get(key);
    const value = present ?? make();
    if (present !== undefined) this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.max) this.values.delete(this.values.keys().next().value as Key);
    return value;
  }

  forget(key: Key): void {
    this.values.delete(key);
  }
}
