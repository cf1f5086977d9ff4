import type { DataType } from '@millrace/model';
import type { AggregateCall, Expression } from '@millrace/plan';
import type { FunctionCall } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { isJsonAlready } from '../functions/json-functions.ts';
import { coerce, isUntypedNull, typeName } from './coerce.ts';
import { stringLiteral } from './literal.ts';

const STRING: DataType = { kind: 'string', nullable: true };
const TEXT: DataType = { kind: 'string', nullable: false };

export function isJsonAggregate({ name, declared }: FunctionCall): boolean {
  return /^json_(array|object)agg$/i.test(name.text) && !declared.has(name.text.toUpperCase());
}

/**
 * JSON_ARRAYAGG(value) and JSON_OBJECTAGG(key VALUE value), arguments (NULL | ABSENT, [key,] value) bound: LISTAGG of the items as JSON, in
 * order of arrival, and brackets around it.
 */
export function bindJsonAggregate(
  call: FunctionCall,
  [word, ...args]: readonly Expression[],
  filter: Expression | undefined,
  report: Report,
): { readonly call: AggregateCall; readonly finish: (result: Expression) => Expression } | undefined {
  const isArray = /array/i.test(call.name.text);
  const title = call.name.text.toUpperCase();
  const value = args.at(-1);
  const [key] = args;
  if (value === undefined || key === undefined || args.length !== (isArray ? 1 : 2)) {
    return report.error('sql.wrong-arguments', call, `${title} takes 1 argument, not ${args.length}.`);
  }
  if (!isArray && key.type.kind !== 'string') {
    const message = `The key of ${title} is STRING, not ${typeName(key)}: use CAST.`;
    return report.error('sql.type-mismatch', call.args[1] ?? call, message);
  }
  const isAbsent = word?.kind === 'literal' && word.value === 'ABSENT';
  const form = stringLiteral(`${isAbsent ? 'ABSENT' : 'NULL'} ${isJsonAlready(value) ? '1' : '0'}`);
  const typed = isUntypedNull(value) ? coerce(value, STRING) : value;
  const type: DataType = { kind: 'string', nullable: isAbsent && typed.type.nullable };
  const arg: Expression = isArray
    ? { kind: 'call', name: 'json-item', args: [form, typed], type }
    : { kind: 'call', name: 'json-member', args: [form, key, typed], type };
  return { call: { name: 'listagg', arg, filter, parameter: ',', type: STRING }, finish: isArray ? asArray : asObject };
}

function asArray(items: Expression): Expression {
  return { kind: 'call', name: 'json-elements', args: [orNothing(items)], type: TEXT };
}

function asObject(members: Expression): Expression {
  return { kind: 'call', name: 'json-members', args: [orNothing(members)], type: TEXT };
}

function orNothing(text: Expression): Expression {
  return { kind: 'call', name: 'coalesce', args: [text, stringLiteral('')], type: TEXT };
}
