import type { DataType, Field } from '@millrace/model';
import type { LogicalNode } from '../logical-plan.ts';
import type { AfterMatch, MatchExpression, MatchTerm, RowPattern } from '../nodes/match.ts';
import { readAggregate, readExpression } from './expression.ts';
import type { JsonReader } from './json-reader.ts';
import { type Common, complete, type NodeParts } from './node-parts.ts';
import { readType } from './type.ts';

/** Patterns inside patterns. */
const NESTING_MAX = 100;
const TAKES = ['first', 'last', 'aggregate'] as const;

export function readMatch(
  parts: NodeParts,
  common: Common,
): Extract<LogicalNode, { readonly kind: 'match' }> | undefined {
  const input = parts.input();
  if (input === undefined) return undefined;
  const { reader, object, path } = parts;
  const { fields } = input.schema;
  const read = {
    partition: parts.columns('partition', input.schema),
    time: parts.time('time', input.schema),
    order: parts.order(input.schema),
    pattern: readPattern(reader, object.pattern, `${path}.pattern`, 0),
    definitions: readDefinitions(parts, fields),
    measures: reader.list(object.measures, `${path}.measures`, (item, at) =>
      readMatchExpression(reader, item, fields, at),
    ),
    afterMatch: readAfterMatch(parts),
  };
  const withinMs = object.withinMs === undefined ? undefined : parts.duration('withinMs', 1);
  if (!complete(read) || (object.withinMs !== undefined && withinMs === undefined)) return undefined;
  return { kind: 'match', ...common, input: input.id, ...read, withinMs };
}

function readPattern(reader: JsonReader, value: unknown, path: string, depth: number): RowPattern | undefined {
  if (depth > NESTING_MAX) return reader.refuse(path, `nests more than ${NESTING_MAX} patterns`);
  const object = reader.object(value, path);
  const kind = object && reader.oneOf(object.kind, ['variable', 'sequence', 'alternation', 'repeat'], `${path}.kind`);
  if (object === undefined || kind === undefined) return undefined;
  const read = (part: unknown, at: string) => readPattern(reader, part, at, depth + 1);
  switch (kind) {
    case 'variable': {
      const name = reader.string(object.name, `${path}.name`);
      return name === undefined ? undefined : { kind, name };
    }
    case 'sequence':
    case 'alternation': {
      const parts = reader.list(object.parts, `${path}.parts`, read);
      return parts && { kind, parts };
    }
    case 'repeat': {
      const part = read(object.part, `${path}.part`);
      const min = reader.whole(object.min, `${path}.min`, 0, 100_000);
      const bounded = object.max !== undefined;
      const max = bounded ? reader.whole(object.max, `${path}.max`, Math.max(min ?? 0, 1), 100_000) : undefined;
      const greedy = reader.boolean(object.greedy, `${path}.greedy`);
      if (part === undefined || min === undefined || greedy === undefined || (bounded && max === undefined))
        return undefined;
      return { kind, part, min, max, greedy };
    }
  }
}

function readDefinitions({ reader, object, path }: NodeParts, fields: readonly Field[]) {
  const entries = reader.object(object.definitions, `${path}.definitions`);
  if (entries === undefined) return undefined;
  const definitions: Record<string, MatchExpression> = {};
  for (const [name, item] of Object.entries(entries)) {
    const definition = readMatchExpression(reader, item, fields, `${path}.definitions['${name}']`);
    if (definition !== undefined) definitions[name] = definition;
  }
  return definitions;
}

function readMatchExpression(
  reader: JsonReader,
  value: unknown,
  fields: readonly Field[],
  path: string,
): MatchExpression | undefined {
  const object = reader.object(value, path);
  const terms = object && reader.list(object.terms, `${path}.terms`, (item, at) => readTerm(reader, item, fields, at));
  if (object === undefined || terms === undefined) return undefined;
  const columns = terms.map(({ type }, at) => ({ name: `term ${at}`, type }));
  const expression = readExpression(reader, object.expression, columns, `${path}.expression`);
  return expression && { terms, expression };
}

function readTerm(reader: JsonReader, value: unknown, fields: readonly Field[], path: string): MatchTerm | undefined {
  const object = reader.object(value, path);
  if (object === undefined) return undefined;
  const variable = reader.string(object.variable, `${path}.variable`);
  const take = readTake(reader, object.take, fields, `${path}.take`);
  const type: DataType | undefined = readType(reader, object.type, `${path}.type`);
  return variable === undefined || take === undefined || type === undefined ? undefined : { variable, take, type };
}

function readTake(
  reader: JsonReader,
  value: unknown,
  fields: readonly Field[],
  path: string,
): MatchTerm['take'] | undefined {
  const object = reader.object(value, path);
  const kind = object && reader.oneOf(object.kind, TAKES, `${path}.kind`);
  if (object === undefined || kind === undefined) return undefined;
  if (kind === 'aggregate') {
    const call = readAggregate(reader, object.call, fields, `${path}.call`);
    return call && { kind, call };
  }
  const offset = reader.whole(object.offset, `${path}.offset`, 0, 1_000_000);
  const expression = readExpression(reader, object.expression, fields, `${path}.expression`);
  return offset === undefined || expression === undefined ? undefined : { kind, offset, expression };
}

function readAfterMatch({ reader, object, path }: NodeParts): AfterMatch | undefined {
  const given = reader.object(object.afterMatch, `${path}.afterMatch`);
  const kinds = ['past-last-row', 'to-next-row', 'to-first', 'to-last'] as const;
  const kind = given && reader.oneOf(given.kind, kinds, `${path}.afterMatch.kind`);
  if (given === undefined || kind === undefined) return undefined;
  if (kind === 'past-last-row' || kind === 'to-next-row') return { kind };
  const variable = reader.string(given.variable, `${path}.afterMatch.variable`);
  return variable === undefined ? undefined : { kind, variable };
}
