import { columnsOf, type Expression } from '@millrace/plan';
import type { Select } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { GroupWindow } from './group-window.ts';

/** The keys of a GROUP BY that the window gives: window_start, window_end, window_time, and what is computed from them alone. */
export class WindowKeys {
  readonly #window: GroupWindow | undefined;
  /** Text over the select's input, and the expression over the window's columns. */
  readonly #keys: { readonly text: string; readonly over: Expression }[] = [];
  readonly #parts = new Set<number>();

  constructor(window: GroupWindow | undefined) {
    this.#window = window;
  }

  /** Where window_start stands among the columns of the window's input, or would stand behind them. */
  get firstColumn(): number {
    return this.#window?.attachedAt ?? this.#window?.input.fields.length ?? 0;
  }

  reads(expression: Expression): boolean {
    return this.#window !== undefined && [...columnsOf(expression)].some((index) => this.#partOf(index) !== undefined);
  }

  /** True: it is the window's, and no key of its own. */
  take(text: string, over: Expression): boolean {
    const part = over.kind === 'column' ? this.#partOf(over.index) : undefined;
    if (part !== undefined) this.#parts.add(part);
    if (this.#window === undefined || (part === 0 && this.#window.startIsKey === true)) return false;
    const read = [...columnsOf(over)];
    const isGiven = part !== undefined || (this.#window.attachedAt === undefined && read.length > 0);
    if (!isGiven || read.some((index) => this.#partOf(index) === undefined)) return false;
    this.#keys.push({ text, over });
    return true;
  }

  /** What a key stands for, over the window's columns. */
  overOf(text: string): Expression | undefined {
    return this.#keys.find((key) => key.text === text)?.over;
  }

  #partOf(index: number): number | undefined {
    const part = index - this.firstColumn;
    return part >= 0 && part <= 2 ? part : undefined;
  }

  /** With a window table function, GROUP BY names window_start and window_end; of a session also, and only, what it is partitioned by. */
  check(select: Select, keys: readonly Expression[], report: Report): boolean {
    const missing = ['window_start', 'window_end'].filter((_, part) => !this.#parts.has(part));
    if (missing.length === 0) return this.#checkPartition(select, keys, report);
    const at = select.groupBySpan ?? select.items[0] ?? select;
    const fix =
      select.groupBySpan === undefined
        ? undefined
        : { title: `Add ${missing.join(', ')}`, insert: `, ${missing.join(', ')}`, from: at.to, to: at.to };
    report.error('sql.invalid-window', at, `GROUP BY of a window names ${missing.join(' and ')} too.`, fix);
    return false;
  }

  /** A session is made by the columns it is partitioned by; grouped by others its rows would belong to several. */
  #checkPartition(select: Select, keys: readonly Expression[], report: Report): boolean {
    const { partition, input } = this.#window ?? {};
    if (partition === undefined) return true;
    const grouped = keys.map((key) => (key.kind === 'column' ? key.index : -1));
    if (grouped.length === partition.length && partition.every((column) => grouped.includes(column))) return true;
    const names = partition.map((column) => input?.fields[column]?.name ?? '').join(', ');
    const wanted = names === '' ? 'no columns but window_start and window_end' : names;
    const message = `The session is PARTITION BY ${names || 'nothing'}: GROUP BY names ${wanted}, or change PARTITION BY.`;
    report.error('sql.invalid-window', select.groupBySpan ?? select, message);
    return false;
  }
}
