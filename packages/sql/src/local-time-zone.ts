import { type DataType, digitsHeld } from '@millrace/model';
import {
  type CallExpression,
  type Expression,
  formatTokens,
  type LogicalNode,
  type LogicalPlan,
  mapExpressions,
  timeZoneNamed,
  type WindowSpec,
  withParts,
} from '@millrace/plan';
import { stringLiteral } from './bind/literal.ts';

export const TIME_ZONE_SETTING = 'table.local-time-zone';

/** The zone of a session, UTC unless it sets one. */
export function timeZoneOf(settings: Readonly<Record<string, string>>): string {
  return timeZoneNamed(settings[TIME_ZONE_SETTING] ?? 'UTC') ?? 'UTC';
}

/**
 * The plan with the session's time zone written into it: wherever a TIMESTAMP_LTZ is shown, taken apart, cut or made, it is turned into
 * local time and back. The steps and expressions themselves know no zone: TIMESTAMP_LTZ is an instant, everything else is as on a wall clock. Pure.
 */
export function inTimeZone(plan: LogicalPlan, zone: string): LogicalPlan {
  const types = new Map(plan.nodes.map((node) => [node.id, node.schema.fields.map(({ type }) => type)]));
  const typeOf = (node: Extract<LogicalNode, { readonly timeColumn: unknown; readonly input: unknown }>) =>
    typeof node.timeColumn === 'number' ? types.get(node.input)?.[node.timeColumn] : LTZ;
  const nodes = plan.nodes.map((node) => {
    const mapped = mapExpressions(node, (expression) => zoned(expression, zone));
    if (mapped.kind !== 'window-aggregate' && mapped.kind !== 'window-assign') return mapped;
    if (zone === 'UTC' || !isOnGrid(mapped.window) || typeOf(mapped)?.kind !== 'timestamp_ltz') return mapped;
    return { ...mapped, window: { ...mapped.window, timeZone: zone } } as LogicalNode;
  });
  return { ...plan, nodes };
}

function isOnGrid({ kind }: WindowSpec): boolean {
  return kind !== 'session' && kind !== 'attached';
}

const LTZ: DataType = { kind: 'timestamp_ltz', precision: 3, nullable: true };
const LOCAL: DataType = { kind: 'timestamp', precision: 3, nullable: true };

function zoned(expression: Expression, zone: string): Expression {
  const inner = withParts(expression, (part) => zoned(part, zone));
  if (inner.kind === 'cast') return zonedCast(inner, zone);
  return inner.kind === 'call' && zone !== 'UTC' ? zonedCall(inner, zone) : inner;
}

function zonedCast(cast: Extract<Expression, { readonly kind: 'cast' }>, zone: string): Expression {
  const { arg, type } = cast;
  if (
    type.kind === 'timestamp_ltz' &&
    arg.type.kind === 'timestamp' &&
    zone === 'UTC' &&
    arg.kind === 'literal' &&
    digitsHeld(arg.type) === digitsHeld(type)
  ) {
    return { ...arg, type: { ...type, nullable: arg.type.nullable } };
  }
  if (zone === 'UTC' || arg.type.kind === type.kind) return cast;
  if (arg.type.kind === 'timestamp_ltz' && isOnTheWall(type)) return { ...cast, arg: localTime(arg, zone) };
  if (type.kind !== 'timestamp_ltz' || !isOnTheWall(arg.type)) return cast;
  const local: DataType = { kind: 'timestamp', precision: digitsHeld(type), nullable: type.nullable };
  const isAlike = arg.type.kind === 'timestamp' && digitsHeld(arg.type) === digitsHeld(type);
  return instant(isAlike ? arg : { ...cast, type: local }, zone, type);
}

function zonedCall(call: CallExpression, zone: string): Expression {
  const [first, second] = call.args;
  const { type } = call;
  switch (call.name) {
    case 'extract': {
      const isInstant = first?.kind === 'literal' && first.value === 'EPOCH';
      return isInstant || second?.type.kind !== 'timestamp_ltz' || first === undefined
        ? call
        : { ...call, args: [first, localTime(second, zone)] };
    }
    case 'date-trunc': {
      if (first === undefined || second?.type.kind !== 'timestamp_ltz') return call;
      const truncated = localTime(second, zone);
      return instant({ ...call, args: [first, truncated], type: truncated.type }, zone, type);
    }
    case 'date-format':
      return first?.type.kind === 'timestamp_ltz' && second !== undefined
        ? { ...call, args: [localTime(first, zone), second] }
        : call;
    case 'current-date': {
      const now: Expression = { kind: 'call', name: 'current-timestamp', args: [], type: { ...LTZ, nullable: false } };
      return { kind: 'cast', arg: localTime(now, zone), safe: false, type };
    }
    case 'from-unixtime': {
      if (first === undefined) return call;
      const seconds: Expression = { kind: 'literal', value: 0, type: { kind: 'integer', nullable: false } };
      const at: Expression = { kind: 'call', name: 'to-timestamp-ltz', args: [first, seconds], type: LTZ };
      const format = second ?? stringLiteral('yyyy-MM-dd HH:mm:ss');
      return { kind: 'call', name: 'date-format', args: [localTime(at, zone), format], type };
    }
    case 'unix-timestamp': {
      if (first?.type.kind !== 'string' || saysItsZone(second)) return call;
      const seconds: Expression = { kind: 'literal', value: 0, type: { kind: 'integer', nullable: false } };
      const local: Expression = { kind: 'call', name: 'to-timestamp-ltz', args: [call, seconds], type: LOCAL };
      return { ...call, args: [instant(local, zone, LTZ)] };
    }
    default:
      return call;
  }
}

/** A date format with a letter for the distance from UTC. */
function saysItsZone(format: Expression | undefined): boolean {
  if (format?.kind !== 'literal' || typeof format.value !== 'string') return false;
  return formatTokens(format.value).some((token) => token.kind === 'letter' && /[xXZ]/.test(token.letter));
}

function isOnTheWall({ kind }: DataType): boolean {
  return kind === 'timestamp' || kind === 'date' || kind === 'time' || kind === 'string';
}

function localTime(arg: Expression, zone: string): Expression {
  const type: DataType = { kind: 'timestamp', precision: digitsHeld(arg.type), nullable: arg.type.nullable };
  return { kind: 'call', name: 'local-time', args: [arg, stringLiteral(zone)], type };
}

function instant(arg: Expression, zone: string, type: DataType): Expression {
  return { kind: 'call', name: 'instant', args: [arg, stringLiteral(zone)], type };
}
