import type { Name } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import type { TableUse } from './query-context.ts';
import type { BoundTable, BoundView } from './table.ts';

export type CatalogEntry = BoundTable | BoundView;

/** What the job does with a table, with the options of a hint in it. `at`: where it is named. */
export interface TableRole {
  readonly table: BoundTable;
  readonly role: TableUse['role'] | 'sink';
  readonly at: Span;
}

/** The tables and views a script has declared so far, and which of them its job reads, writes and asks. */
export class ScriptCatalog {
  readonly #report: Report;
  /** A statement could not be read: a missing table may be the one it declares. */
  readonly #unparsed: boolean;
  readonly #entries = new Map<string, CatalogEntry>();
  /** Declared and dropped, in the order of the text. */
  readonly #dropped: CatalogEntry[] = [];
  readonly #uses: TableRole[] = [];

  constructor(report: Report, unparsed: boolean) {
    this.#report = report;
    this.#unparsed = unparsed;
  }

  /** What names mean at this place of the script. */
  get current(): ReadonlyMap<string, CatalogEntry> {
    return this.#entries;
  }

  /** All that was ever declared, what was dropped first. */
  get declared(): readonly CatalogEntry[] {
    return [...this.#dropped, ...this.#entries.values()];
  }

  /** In the order of the text. */
  get uses(): readonly TableRole[] {
    return this.#uses;
  }

  use(role: TableRole): void {
    this.#uses.push(role);
  }

  /** False: there is one of the name already, which IF NOT EXISTS allows and anything else reports. */
  declare(entry: CatalogEntry, ifNotExists: boolean): boolean {
    const { name } = entry;
    if (this.#isUsed(name) && this.#dropped.some((old) => old.name === name)) {
      const message = `${name} was read or written before it was dropped, and a job has one table of a name: give the new one another name.`;
      this.#report.error('sql.duplicate-name', entry.nameSpan, message);
      return false;
    }
    if (!this.#entries.has(name)) {
      this.#entries.set(name, entry);
      return true;
    }
    if (!ifNotExists) {
      const message = `${name} is declared twice: give one of them another name.`;
      this.#report.error('sql.duplicate-name', entry.nameSpan, message);
    }
    return false;
  }

  /** What `name` is; undefined after a report, unless `ifExists`. */
  find(name: Name, what: CatalogEntry['kind'], statement: string, ifExists: boolean): CatalogEntry | undefined {
    if (ifExists && !this.#entries.has(name.text)) return undefined;
    if (!this.isDeclared(name)) return undefined;
    const entry = this.#entries.get(name.text);
    if (entry === undefined || entry.kind === what) return entry;
    const message = `${name.text} is a ${entry.kind}: write ${statement} ${entry.kind.toUpperCase()} ${name.text}.`;
    return this.#report.error('sql.unknown-table', name, message);
  }

  /** False after a report: no table or view is called so. */
  isDeclared(name: Name): boolean {
    if (this.#entries.has(name.text)) return true;
    const { hint, fix } = didYouMean(name.text, name, this.#entries.keys());
    if (hint !== '' || !this.#unparsed) {
      const help = hint === '' ? ' Declare it before this statement.' : hint;
      this.#report.error('sql.unknown-table', name, `No table or view ${name.text}.${help}`, fix);
    }
    return false;
  }

  drop(entry: CatalogEntry): void {
    this.#entries.delete(entry.name);
    this.#dropped.push(entry);
  }

  /** Another declaration, and perhaps another name, for a table or view that nothing has read or written yet. False after a report. */
  replace(entry: CatalogEntry, by: CatalogEntry, at: Span): boolean {
    if (this.#isUsed(entry.name)) {
      const message = `${entry.name} is read or written above, and a job has one table of a name: alter it before it is used.`;
      this.#report.error('sql.invalid-table', at, message);
      return false;
    }
    if (by.name !== entry.name && this.#entries.has(by.name)) {
      this.#report.error('sql.duplicate-name', by.nameSpan, `There is a ${by.name} already: take another name.`);
      return false;
    }
    const order = [...this.#entries.values()].map((other) => (other === entry ? by : other));
    this.#entries.clear();
    for (const other of order) this.#entries.set(other.name, other);
    return true;
  }

  #isUsed(name: string): boolean {
    return this.#uses.some(({ table }) => table.name === name);
  }
}
