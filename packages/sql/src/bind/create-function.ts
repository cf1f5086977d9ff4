import type { DataType, Field } from '@millrace/model';
import { BODY_LENGTH_MAX, type UserFunction, userFunction } from '@millrace/plan';
import type { CreateFunction, TypedName } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { findFunction } from '../functions/catalog.ts';
import { inspectBody } from './function-body.ts';

const PARAMETERS_MAX = 100;

const bound = new WeakMap<CreateFunction, UserFunction | null>();

/** The declared function as the plan carries it; undefined when a type or the body of it was refused. */
export function userFunctionOf(statement: CreateFunction): UserFunction | undefined {
  const known = bound.get(statement);
  if (known !== undefined) return known ?? undefined;
  const made = derive(statement);
  bound.set(statement, made ?? null);
  return made;
}

function derive(statement: CreateFunction): UserFunction | undefined {
  const { name, of, deterministic, body } = statement;
  const parameters = fieldsOf(statement.parameters);
  const columns = fieldsOf(statement.returns);
  const [first] = columns ?? [];
  if (parameters === undefined || columns === undefined || first === undefined) return undefined;
  const returns: DataType = of === 'table' ? { kind: 'row', fields: columns, nullable: false } : first.type;
  const { abilities } = inspectBody(statement);
  return userFunction({ name: name.text, kind: of, parameters, returns, body: body.text, deterministic, abilities });
}

function fieldsOf(names: readonly TypedName[]): readonly Field[] | undefined {
  const fields = names.flatMap(({ name, type }) =>
    type.type === undefined ? [] : [{ name: name.text, type: type.type }],
  );
  return fields.length === names.length ? fields : undefined;
}

/** Everything that is wrong with a declaration, at its place. */
export function checkCreateFunction(statement: CreateFunction, report: Report): void {
  const { name, body, parameters, returns, of } = statement;
  if (findFunction(name.text) !== undefined) {
    const message = `${name.text.toUpperCase()} is a function of the dialect already: give yours another name.`;
    report.error('sql.duplicate-name', name, message);
  }
  if (parameters.length > PARAMETERS_MAX)
    report.error('sql.too-large', name, `A function takes at most ${PARAMETERS_MAX} parameters.`);
  refuseTwice(parameters, 'parameter', report);
  if (of === 'table') refuseTwice(returns, 'column', report);
  if (body.text.length > BODY_LENGTH_MAX) {
    report.error('sql.too-large', body, `The body is longer than ${BODY_LENGTH_MAX} characters: split the function.`);
    return;
  }
  for (const { at, message } of inspectBody(statement).problems) report.error('sql.invalid-function', at, message);
}

function refuseTwice(names: readonly TypedName[], what: string, report: Report): void {
  const seen = new Set<string>();
  for (const { name } of names) {
    if (seen.has(name.text)) report.error('sql.duplicate-name', name, `There are two ${what}s called ${name.text}.`);
    seen.add(name.text);
  }
}
