import type { DataType } from '@millrace/model';
import type { Expression, ScalarFunction } from '@millrace/plan';
import { alignForComparison, alignValues, coerce, isUntypedNull, typeName } from '../bind/coerce.ts';
import { elementsOf } from '../bind/collection.ts';
import { isConstructed, isMultiset, withNullable } from '../bind/type-rule.ts';
import {
  anyNullable,
  type BoundCall,
  type FunctionDefinition,
  matchArguments,
  nullableCall,
  strictCall,
} from './definition.ts';

const INT: DataType = { kind: 'integer', nullable: true };
const BOOLEAN: DataType = { kind: 'boolean', nullable: true };
const STRING: DataType = { kind: 'string', nullable: true };

type ArrayType = Extract<DataType, { kind: 'array' }>;
type MapType = Extract<DataType, { kind: 'map' }>;
type Bind = (call: BoundCall) => Expression | undefined;

function define(name: string, signature: string, help: string, bind: Bind): FunctionDefinition {
  return { name, group: 'collection', signatures: [signature], help, bind };
}

function refuse(call: BoundCall, at: number, wanted: string): undefined {
  const arg = call.args[at];
  const message = `Argument ${at + 1} of ${call.name} is ${wanted}, not ${arg === undefined ? 'absent' : typeName(arg)}.`;
  return call.report.error('sql.type-mismatch', call.argSpans[at] ?? call.span, message);
}

/** Counts arguments; the first is an ARRAY. */
function arrayOf(call: BoundCall, counts: readonly [number, number]): ArrayType | undefined {
  if (!countFits(call, counts)) return undefined;
  const type = call.args[0]?.type;
  return type?.kind === 'array' ? type : refuse(call, 0, 'an ARRAY');
}

function mapOf(call: BoundCall, counts: readonly [number, number]): MapType | undefined {
  if (!countFits(call, counts)) return undefined;
  const type = call.args[0]?.type;
  return type?.kind === 'map' && !isMultiset(type) ? type : refuse(call, 0, 'a MAP');
}

function countFits(call: BoundCall, [least, most]: readonly [number, number]): boolean {
  const parameters = Array.from({ length: most }, () => 'any' as const);
  const repeats = most > 100;
  const shape = { required: least, repeats };
  return matchArguments(call, repeats ? ['any'] : parameters, shape) !== undefined;
}

/** A function of one array. */
function ofArray(plan: ScalarFunction, result: (type: ArrayType) => DataType): Bind {
  return (call) => {
    const type = arrayOf(call, [1, 1]);
    return type && strictCall(plan, call.args, result(type));
  };
}

function ofMap(plan: ScalarFunction, result: (type: MapType) => DataType): Bind {
  return (call) => {
    const type = mapOf(call, [1, 1]);
    return type && strictCall(plan, call.args, result(type));
  };
}

/** An array and a value of its elements' type; NULL is a value. */
function withItem(plan: ScalarFunction, result: (type: ArrayType) => DataType): Bind {
  return (call) => {
    const type = arrayOf(call, [2, 2]);
    const [list, item] = call.args;
    if (type === undefined || list === undefined || item === undefined) return undefined;
    const element: Expression = { kind: 'literal', value: null, type: type.element };
    if (!isUntypedNull(item) && !isConstructed(item.type) && alignForComparison(element, item) === undefined) {
      return refuse(call, 1, typeName(element));
    }
    const value = coerce(item, type.element);
    return { kind: 'call', name: plan, args: [list, value], type: withNullable(result(type), list.type.nullable) };
  };
}

/** ARRAY_APPEND(ARRAY[1], NULL) has elements that may be NULL. */
function appended(plan: ScalarFunction): Bind {
  return (call) => {
    const bound = withItem(plan, (type) => type)(call);
    if (bound?.kind !== 'call' || bound.type.kind !== 'array') return bound;
    const nullable = bound.type.element.nullable || (call.args[1]?.type.nullable ?? true);
    return { ...bound, type: { ...bound.type, element: withNullable(bound.type.element, nullable) } };
  };
}

/** Arrays of one type, brought to the elements all share. */
function ofArrays(plan: ScalarFunction, counts: readonly [number, number]): Bind {
  return (call) => {
    if (arrayOf(call, counts) === undefined) return undefined;
    const wrong = call.args.findIndex(({ type }) => type.kind !== 'array');
    if (wrong >= 0) return refuse(call, wrong, 'an ARRAY');
    const aligned = alignValues(call.args, call.argSpans, call.name, call.report);
    if (aligned?.type.kind !== 'array') return undefined;
    const nullable = call.args.some(({ type }) => type.kind === 'array' && type.element.nullable);
    const type: DataType = { ...aligned.type, element: withNullable(aligned.type.element, nullable) };
    return strictCall(plan, aligned.values, type);
  };
}

/** ARRAY_MAX and ARRAY_MIN: NULL of an array without elements. */
function extreme(plan: ScalarFunction): Bind {
  return (call) => {
    const type = arrayOf(call, [1, 1]);
    if (type === undefined) return undefined;
    if (isConstructed(type.element)) return refuse(call, 0, 'an ARRAY of values that can be compared');
    return nullableCall(plan, call.args, type.element);
  };
}

function bindSlice(call: BoundCall): Expression | undefined {
  const type = arrayOf(call, [2, 3]);
  const [list] = call.args;
  const places = matchArguments(
    { ...call, args: call.args.slice(1), argSpans: call.argSpans.slice(1) },
    ['integer', 'integer'],
    { required: 1 },
  );
  return type && list && places && strictCall('array-slice', [list, ...places], type);
}

function bindSort(call: BoundCall): Expression | undefined {
  const type = arrayOf(call, [1, 3]);
  const [list] = call.args;
  if (type === undefined || list === undefined) return undefined;
  if (isConstructed(type.element)) return refuse(call, 0, 'an ARRAY of values that can be compared');
  const rest = { ...call, args: call.args.slice(1), argSpans: call.argSpans.slice(1) };
  const flags = matchArguments(rest, ['boolean', 'boolean'], { required: 0 });
  return flags && strictCall('array-sort', [list, ...flags], type);
}

function bindJoin(call: BoundCall): Expression | undefined {
  const type = arrayOf(call, [2, 3]);
  const [list] = call.args;
  if (type === undefined || list === undefined) return undefined;
  if (type.element.kind !== 'string') return refuse(call, 0, 'an ARRAY<STRING>');
  const rest = { ...call, args: call.args.slice(1), argSpans: call.argSpans.slice(1) };
  const texts = matchArguments(rest, ['string', 'string'], { required: 1 });
  const nullable = anyNullable([list, ...(texts?.slice(0, 1) ?? [])]);
  return texts && { kind: 'call', name: 'array-join', args: [list, ...texts], type: withNullable(STRING, nullable) };
}

function bindCardinality(call: BoundCall): Expression | undefined {
  if (!countFits(call, [1, 1])) return undefined;
  const kind = call.args[0]?.type.kind;
  if (kind !== 'array' && kind !== 'map') return refuse(call, 0, 'an ARRAY, a MAP or a MULTISET');
  return strictCall('cardinality', call.args.map(elementsOf), INT);
}

function bindFromArrays(call: BoundCall): Expression | undefined {
  const keys = arrayOf(call, [2, 2]);
  const values = call.args[1]?.type;
  if (keys === undefined) return undefined;
  if (values?.kind !== 'array') return refuse(call, 1, 'an ARRAY');
  const type: DataType = { kind: 'map', key: keys.element, value: values.element, nullable: true };
  return nullableCall('map-from-arrays', call.args, type);
}

function bindMapUnion(call: BoundCall): Expression | undefined {
  if (mapOf(call, [1, 101]) === undefined) return undefined;
  const wrong = call.args.findIndex(({ type }) => type.kind !== 'map' || isMultiset(type));
  if (wrong >= 0) return refuse(call, wrong, 'a MAP');
  const aligned = alignValues(call.args, call.argSpans, call.name, call.report);
  return aligned && strictCall('map-union', aligned.values, aligned.type);
}

function bindStrToMap(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['string', 'string', 'string'], { required: 1 });
  return args && strictCall('str-to-map', args, { kind: 'map', key: STRING, value: STRING, nullable: true });
}

function bindSplit(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['string', 'string']);
  const element = withNullable(STRING, false);
  return args && strictCall('split', args, { kind: 'array', element, nullable: true });
}

function entriesType({ key, value }: MapType): DataType {
  const fields = [
    { name: 'key', type: key },
    { name: 'value', type: value },
  ];
  return { kind: 'array', element: { kind: 'row', fields, nullable: false }, nullable: true };
}

export const COLLECTION_FUNCTIONS: readonly FunctionDefinition[] = [
  define('CARDINALITY', 'CARDINALITY(array, map or multiset) -> INT', 'How many elements or entries; of a multiset each as often as it is there.', bindCardinality),
  define('ELEMENT', 'ELEMENT(array or multiset) -> element', 'The only element; NULL unless there is exactly one.', (call) => {
    const of = { ...call, args: call.args.map(elementsOf) };
    const type = arrayOf(of, [1, 1]);
    return type && nullableCall('element', of.args, type.element);
  }),
  define('ARRAY_CONTAINS', 'ARRAY_CONTAINS(array, value) -> BOOLEAN', 'Whether the value is among the elements.', withItem('array-contains', () => BOOLEAN)),
  define('ARRAY_POSITION', 'ARRAY_POSITION(array, value) -> INT', 'The place of the value, from 1; 0 if it is not there.', (call) => {
    const bound = withItem('array-position', () => INT)(call);
    return bound && { ...bound, type: withNullable(INT, anyNullable(call.args)) };
  }),
  define('ARRAY_DISTINCT', 'ARRAY_DISTINCT(array) -> array', 'Each element once, the first of equal ones kept.', ofArray('array-distinct', (type) => type)),
  define('ARRAY_REMOVE', 'ARRAY_REMOVE(array, value) -> array', 'The elements without those equal to the value.', withItem('array-remove', (type) => type)),
  define('ARRAY_REVERSE', 'ARRAY_REVERSE(array) -> array', 'The elements in the opposite order.', ofArray('array-reverse', (type) => type)),
  define('ARRAY_SLICE', 'ARRAY_SLICE(array, from INT [, to INT]) -> array', 'A part, both ends included; negative places count from the end.', bindSlice),
  define('ARRAY_UNION', 'ARRAY_UNION(array, array) -> array', 'The elements of both, each once.', ofArrays('array-union', [2, 2])),
  define('ARRAY_INTERSECT', 'ARRAY_INTERSECT(array, array) -> array', 'The elements that are in both, each once.', ofArrays('array-intersect', [2, 2])),
  define('ARRAY_EXCEPT', 'ARRAY_EXCEPT(array, array) -> array', 'The elements of the first that are not in the second, each once.', ofArrays('array-except', [2, 2])),
  define('ARRAY_CONCAT', 'ARRAY_CONCAT(array, ...) -> array', 'The elements of all arrays, one after the other.', ofArrays('array-concat', [1, 101])),
  define('ARRAY_APPEND', 'ARRAY_APPEND(array, value) -> array', 'The array with the value at its end.', appended('array-append')),
  define('ARRAY_PREPEND', 'ARRAY_PREPEND(array, value) -> array', 'The array with the value at its start.', appended('array-prepend')),
  define('ARRAY_MAX', 'ARRAY_MAX(array) -> element', 'The greatest element; NULLs do not count.', extreme('array-max')),
  define('ARRAY_MIN', 'ARRAY_MIN(array) -> element', 'The least element; NULLs do not count.', extreme('array-min')),
  define('ARRAY_SORT', 'ARRAY_SORT(array [, ascending BOOLEAN [, nullsFirst BOOLEAN]]) -> array', 'The elements in order; NULLs first when ascending.', bindSort),
  define('ARRAY_JOIN', 'ARRAY_JOIN(array, separator [, forNull]) -> STRING', 'The texts joined; NULLs are left out, or written as the third text.', bindJoin),
  define('MAP_KEYS', 'MAP_KEYS(map) -> ARRAY', 'The keys.', ofMap('map-keys', ({ key }) => ({ kind: 'array', element: key, nullable: true }))),
  define('MAP_VALUES', 'MAP_VALUES(map) -> ARRAY', 'The values.', ofMap('map-values', ({ value }) => ({ kind: 'array', element: value, nullable: true }))),
  define('MAP_ENTRIES', 'MAP_ENTRIES(map) -> ARRAY<ROW<key, value>>', 'The entries as rows.', ofMap('map-entries', entriesType)),
  define('MAP_FROM_ARRAYS', 'MAP_FROM_ARRAYS(keys, values) -> MAP', 'A map of two arrays of one length; NULL if the lengths differ.', bindFromArrays),
  define('MAP_UNION', 'MAP_UNION(map, ...) -> MAP', 'The entries of all maps; of equal keys the last one counts.', bindMapUnion),
  define('SPLIT', 'SPLIT(text, separator) -> ARRAY<STRING>', 'The parts of a text; an empty separator gives its characters.', bindSplit),
  define('STR_TO_MAP', "STR_TO_MAP(text [, ',' [, '=']]) -> MAP<STRING, STRING>", 'The entries of a text such as a=1,b=2.', bindStrToMap),
]; // biome-ignore format: a table
