import { type DataType, formatDataType } from '@millrace/model';
import type { LogicalNode } from '../logical-plan.ts';
import {
  AGGREGATE_ABILITIES,
  BODY_LENGTH_MAX,
  FUNCTIONS_MAX,
  hashOf,
  USER_FUNCTION_KINDS,
  type UserFunction,
  type UserFunctionRef,
} from '../user-function.ts';
import type { JsonReader } from './json-reader.ts';
import { complete } from './node-parts.ts';
import { isSameType, readField, readType } from './type.ts';

/** The functions of a plan by name; absent is none. What cannot be read is told and left out. */
export function readFunctions(reader: JsonReader, value: unknown): ReadonlyMap<string, UserFunction> {
  const known = new Map<string, UserFunction>();
  if (value === undefined) return known;
  const items = reader.array(value, 'plan.functions') ?? [];
  if (items.length > FUNCTIONS_MAX) reader.refuse('plan.functions', `must not hold more than ${FUNCTIONS_MAX}`);
  for (const [at, item] of items.slice(0, FUNCTIONS_MAX).entries()) {
    const path = `plan.functions[${at}]`;
    const read = readFunction(reader, item, path);
    if (read === undefined) continue;
    if (known.has(read.name)) reader.refuse(path, `${read.name} is there twice`);
    known.set(read.name, read);
  }
  return known;
}

function readFunction(reader: JsonReader, value: unknown, path: string): UserFunction | undefined {
  const object = reader.object(value, path);
  if (object === undefined) return undefined;
  const parts = {
    name: reader.string(object.name, `${path}.name`),
    kind: reader.oneOf(object.kind, USER_FUNCTION_KINDS, `${path}.kind`),
    parameters: reader.list(object.parameters, `${path}.parameters`, (item, at) => readField(reader, item, at, 0)),
    returns: readType(reader, object.returns, `${path}.returns`),
    body: reader.string(object.body, `${path}.body`),
    deterministic: reader.boolean(object.deterministic, `${path}.deterministic`),
    abilities: reader.list(object.abilities, `${path}.abilities`, (item, at) =>
      reader.oneOf(item, AGGREGATE_ABILITIES, at),
    ),
  };
  const hash = reader.string(object.hash, `${path}.hash`);
  if (!complete(parts) || hash === undefined) return undefined;
  if (parts.body.length > BODY_LENGTH_MAX)
    return reader.refuse(`${path}.body`, `is over ${BODY_LENGTH_MAX} characters`);
  if (parts.kind === 'table' && parts.returns.kind !== 'row') return reader.refuse(`${path}.returns`, 'must be a ROW');
  if (hashOf(parts) !== hash) return reader.refuse(`${path}.hash`, 'is not the hash of the function');
  return { ...parts, hash };
}

/** Every call in a node names a function of the plan and gives and takes what that says. */
export function checkCalls(
  reader: JsonReader,
  node: LogicalNode,
  functions: ReadonlyMap<string, UserFunction>,
  path: string,
): void {
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit);
    else if (typeof part === 'object' && part !== null) {
      if ('function' in part && part.function !== undefined) checkCall(reader, part as Call, functions, path);
      Object.values(part).forEach(visit);
    }
  };
  visit(node);
}

/** A user-call or an aggregate call, both read already. */
interface Call {
  readonly function: UserFunctionRef;
  readonly kind?: string;
  readonly args?: readonly { readonly type: DataType }[];
  readonly arg?: { readonly type: DataType };
  readonly deterministic?: boolean;
  readonly type: DataType;
}

function checkCall(reader: JsonReader, call: Call, functions: ReadonlyMap<string, UserFunction>, path: string): void {
  const { name, hash } = call.function;
  const of = functions.get(name);
  if (of === undefined) reader.refuse(path, `calls ${name}, which is no function of the plan`);
  else if (of.hash !== hash) reader.refuse(path, `calls another ${name} than that of the plan`);
  else {
    const problem = problemOf(call, of);
    if (problem !== undefined) reader.refuse(path, problem);
  }
}

function problemOf(call: Call, of: UserFunction): string | undefined {
  const isValue = call.kind === 'user-call';
  if (isValue === (of.kind === 'aggregate')) return `${of.name} is a ${of.kind} function`;
  if (isValue && call.deterministic !== of.deterministic)
    return `${of.name} is${of.deterministic ? '' : ' not'} deterministic`;
  const args = isValue ? (call.args ?? []).map(({ type }) => type) : fieldTypes(call.arg?.type);
  const { parameters } = of;
  const fits =
    args?.length === parameters.length && args.every((type, at) => isSameType(type, parameters[at]?.type ?? type));
  if (!fits) return `the arguments of ${of.name} are not those of its parameters`;
  const given = resultOf(of);
  return isSameType(call.type, given) ? undefined : `${of.name} gives ${formatDataType(given)}`;
}

function fieldTypes(type: DataType | undefined): readonly DataType[] | undefined {
  return type?.kind === 'row' ? type.fields.map((field) => field.type) : undefined;
}

function resultOf({ kind, returns }: UserFunction): DataType {
  return kind === 'table' ? { kind: 'array', element: returns, nullable: false } : returns;
}
