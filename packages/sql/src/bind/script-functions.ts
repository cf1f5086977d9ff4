import type { UserFunction } from '@millrace/plan';
import type { CreateFunction, Name } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { didYouMean } from '../suggestion.ts';
import { checkCreateFunction, userFunctionOf } from './create-function.ts';

/** The functions a script has declared so far, by upper-case name. */
export class ScriptFunctions {
  readonly #report: Report;
  readonly #declared = new Map<string, CreateFunction>();
  readonly #dropped = new Set<string>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** All that were ever declared: what calls a dropped one above its DROP still runs. */
  get declared(): readonly UserFunction[] {
    return [...this.#declared.values()].flatMap((declared) => userFunctionOf(declared) ?? []);
  }

  get callable(): readonly UserFunction[] {
    return this.declared.filter(({ name }) => !this.#dropped.has(name.toUpperCase()));
  }

  declare(statement: CreateFunction): void {
    const name = statement.name.text.toUpperCase();
    if (!this.#declared.has(name)) {
      this.#declared.set(name, statement);
      checkCreateFunction(statement, this.#report);
    } else if (this.#dropped.has(name)) {
      const message = `A job has one function of a name, and one called ${statement.name.text} was dropped above: give the new one another name.`;
      this.#report.error('sql.duplicate-name', statement.name, message);
    } else if (!statement.ifNotExists) {
      const message = `Function ${statement.name.text} is declared twice: give one of them another name.`;
      this.#report.error('sql.duplicate-name', statement.name, message);
    }
  }

  drop(name: Name, ifExists: boolean): void {
    const known = name.text.toUpperCase();
    if (this.#declared.has(known) && !this.#dropped.has(known)) this.#dropped.add(known);
    else if (!ifExists) {
      const names = this.callable.map((declared) => declared.name);
      const { hint, fix } = didYouMean(name.text, name, names);
      const help = hint === '' ? ' Only what CREATE FUNCTION declared can be dropped.' : hint;
      this.#report.error('sql.unknown-function', name, `No function ${name.text}.${help}`, fix);
    }
  }
}
