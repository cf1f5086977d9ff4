import { columnsOf, type Expression } from '@millrace/plan';
import type { WindowPart } from '../relation/window-columns.ts';
import type { GroupWindow } from './group-window.ts';

/** The keys of a GROUP BY that the window gives: window_start, window_end, window_time, and what is computed from them alone. */
export class WindowKeys {
  readonly #window: GroupWindow | undefined;
  /** Text over the select's input, and the expression over the window's columns. */
  readonly #keys: { readonly text: string; readonly over: Expression }[] = [];

  constructor(window: GroupWindow | undefined) {
    this.#window = window;
  }

  reads(expression: Expression): boolean {
    return [...columnsOf(expression)].some((index) => this.partOf(index) !== undefined);
  }

  partOf(index: number): WindowPart | undefined {
    return this.#window?.columns.get(index);
  }

  /** True: it is the window's, and no key of its own. */
  take(text: string, over: Expression): boolean {
    if (this.#window === undefined || !isGivenBy(this.#window, over)) return false;
    this.#keys.push({ text, over });
    return true;
  }

  /** What a key stands for, over the window's columns. */
  overOf(text: string): Expression | undefined {
    return this.#keys.find((key) => key.text === text)?.over;
  }
}

/** Whether a key, over the window's input and columns, is the same for all rows of a window, and told by the step that groups. */
export function isGivenBy({ columns, isAttached, startIsKey }: GroupWindow, over: Expression): boolean {
  const part = over.kind === 'column' ? columns.get(over.index) : undefined;
  if (part !== undefined) return part !== 'start' || !startIsKey;
  const read = [...columnsOf(over)];
  return !isAttached && read.length > 0 && read.every((index) => columns.has(index));
}
