import { CHANGE, type Change } from '@millrace/batch';

const ROOM_MIN = 256;

/** What each row of the batch being filled says, by row. */
export class RowChanges {
  #changes = new Uint8Array(ROOM_MIN);
  #rows = 0;
  #isChangelog = false;

  add(change: Change): void {
    if (this.#rows === this.#changes.length) {
      const grown = new Uint8Array(this.#rows * 2);
      grown.set(this.#changes);
      this.#changes = grown;
    }
    this.#changes[this.#rows++] = change;
    this.#isChangelog ||= change !== CHANGE.insert;
  }

  /**
   * The row after the last one is not wanted. If it was to replace that one, nothing does: the row is gone for good (the filter behind says the same of
   * rows that a source does not leave out).
   */
  leaveOut(change: Change): void {
    const last = this.#rows - 1;
    if (change === CHANGE.updateAfter && this.#changes[last] === CHANGE.updateBefore)
      this.#changes[last] = CHANGE.delete;
  }

  /** For the batch that is finished; nothing while every row is an INSERT. */
  take(): { readonly changes?: Uint8Array } {
    const taken = this.#isChangelog ? { changes: this.#changes.slice(0, this.#rows) } : {};
    this.#rows = 0;
    this.#isChangelog = false;
    return taken;
  }
}
