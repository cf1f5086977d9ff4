import type { DataType, Field, OperatorId, Schema } from '@millrace/model';
import type { AggregateCall } from './expression.ts';
import type { LogicalNode, LogicalPlan } from './logical-plan.ts';
import type { GroupAggregateNode, WindowAggregateNode } from './nodes/aggregate.ts';

/*
 * Aggregation in two phases ("Flink's local-global aggregation"; "Data Cube", Gray et al. 1996, distributive and algebraic functions):
 * every subtask adds up what it reads by key and sends one row per key and flush, instead of one per record, to the subtask that
 * owns the key. The global half keeps the id and the state of the whole: a savepoint of one serves the other.
 */

/** Behind the keys in what a local window aggregate gives: the accumulators, then these. */
const SLICE_TIME = 'slice_time';
const ROWS = 'rows';

const DOUBLE: DataType = { kind: 'double', nullable: false };
const INTEGER: DataType = { kind: 'integer', nullable: false };
/** A BIGINT or DECIMAL too wide for a double; NULL where there is none. */
const WIDE: DataType = { kind: 'decimal', precision: 38, scale: 0, nullable: true };

type Aggregate = WindowAggregateNode | GroupAggregateNode;

/**
 * The plan with every aggregate that allows it in two phases. An engine does it where rows must cross to the owner of their key, after
 * `markInsertOnly`. Which stay whole, and why: `singlePhaseReason`. Pure.
 */
export function splitAggregates(plan: LogicalPlan): LogicalPlan {
  const schemas = new Map(plan.nodes.map(({ id, schema }) => [id, schema]));
  const nodes = plan.nodes.flatMap((node): LogicalNode[] => {
    if (node.kind !== 'window-aggregate' && node.kind !== 'group-aggregate') return [node];
    const input = schemas.get(node.input);
    return input === undefined || singlePhaseReason(node) !== undefined ? [node] : split(node, input);
  });
  return { ...plan, nodes };
}

/** Why an aggregate is not computed in two phases; undefined when it is. */
export function singlePhaseReason(node: Aggregate): string | undefined {
  if (node.phase !== undefined) return 'it is a phase already';
  const insertOnly = node.kind === 'window-aggregate' || node.insertOnly === true;
  if (node.kind === 'window-aggregate') {
    if (node.timeColumn === 'processing') return 'the time of a row is when it reaches the window';
    if (node.window.kind === 'session') return 'where a session ends depends on all rows of its key';
    if (node.window.kind === 'attached') return 'its rows come together, when their window is over';
    if (node.window.timeZone !== undefined) return 'its windows are cut in local time';
  } else if (!insertOnly && (node.stateTtlMs ?? 0) > 0) {
    return 'a row that takes back from a group that was forgotten must be told from one that does not';
  }
  const whole = node.calls.find((call) => partialTypes(call, insertOnly) === undefined);
  if (whole === undefined) return undefined;
  const name = `${whole.name.toUpperCase()}${whole.distinct ? '(DISTINCT)' : ''}`;
  return `${name} needs ${insertOnly ? 'every value' : 'every value, to take it back'}`;
}

/**
 * The columns in which a partial result of a call travels, one per accumulator of the table it lives in: of constant size, whatever went
 * in. Undefined where a partial result would hold all its values.
 */
export function partialTypes(call: AggregateCall, insertOnly: boolean): readonly DataType[] | undefined {
  const { name, arg, type } = call;
  const isExtreme = name === 'min' || name === 'max';
  // Repeated values do not change MIN and MAX.
  if (call.distinct === true && !isExtreme) return undefined;
  if (name === 'count') return [DOUBLE];
  if (name === 'sum' || name === 'avg') {
    const limbs = arg === undefined ? undefined : exactLimbs(arg.type);
    if (limbs !== undefined) return Array.from({ length: limbs + 1 }, () => DOUBLE);
    return insertOnly ? [DOUBLE, DOUBLE] : undefined;
  }
  if (!insertOnly) return undefined;
  if (isExtreme) return extremeTypes(type);
  const isMoment = name === 'stddev_pop' || name === 'stddev_samp' || name === 'var_pop' || name === 'var_samp';
  return isMoment ? [DOUBLE, DOUBLE, DOUBLE, DOUBLE] : undefined;
}

/** Into how many doubles an exact sum of such values goes; undefined for FLOAT and DOUBLE. */
function exactLimbs(type: DataType): number | undefined {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return 2;
    case 'decimal':
      return type.precision > 18 ? 3 : 2;
    default:
      return undefined;
  }
}

function extremeTypes(type: DataType): readonly DataType[] | undefined {
  switch (type.kind) {
    case 'bigint':
    case 'decimal':
      return [DOUBLE, INTEGER, WIDE];
    case 'string':
    case 'bytes':
      return [{ ...type, nullable: true }];
    case 'array':
    case 'map':
    case 'row':
      return undefined;
    default:
      return [DOUBLE, INTEGER];
  }
}

function split(node: Aggregate, input: Schema): LogicalNode[] {
  const keys = node.keys.flatMap((key) => input.fields[key] ?? []);
  const insertOnly = node.kind === 'window-aggregate' || node.insertOnly === true;
  const parts = node.calls.flatMap((call, at) =>
    (partialTypes(call, insertOnly) ?? []).map((type, part): Field => ({ name: `partial_${at}_${part}`, type })),
  );
  const id = `${node.id}-local` as OperatorId;
  const label = `${node.label} (local)`;
  const ownKeys = node.keys.map((_, at) => at);
  const rows: Field = { name: ROWS, type: DOUBLE };
  if (node.kind === 'group-aggregate') {
    const schema = { fields: [...keys, rows, ...parts] };
    return [
      { ...node, id, label, schema, phase: 'local' },
      { ...node, input: id, keys: ownKeys, phase: 'global' },
    ];
  }
  const time = node.timeColumn === 'processing' ? undefined : input.fields[node.timeColumn]?.type;
  if (time === undefined) return [node];
  const timeColumn = keys.length + parts.length;
  const fields = [...keys, ...parts, { name: SLICE_TIME, type: { ...time, nullable: false } }, rows];
  return [
    { ...node, id, label, schema: { fields, eventTime: timeColumn }, phase: 'local' },
    { ...node, input: id, keys: ownKeys, timeColumn, phase: 'global' },
  ];
}
