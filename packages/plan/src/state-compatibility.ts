import { formatDataType, type OperatorId, type Schema } from '@millrace/model';
import { type ChangelogMode, changelogOf } from './changelog.ts';
import type { AggregateCall, Expression } from './expression.ts';
import type { LogicalNode, LogicalPlan } from './logical-plan.ts';

export const STATE_VERDICTS = ['compatible', 'partly', 'unknown', 'incompatible'] as const;

/**
 * Whether a job may go on from a savepoint of another version. `compatible`: every step finds what it remembered. `partly`: nothing is
 * lost, but steps that are new begin with nothing. `unknown`: a source reads another place, so its positions may not fit. `incompatible`:
 * something remembered has no place any more; the engine refuses the savepoint.
 */
export interface StateCompatibility {
  readonly verdict: (typeof STATE_VERDICTS)[number];
  /** One sentence per step that is not as it was, worst first. */
  readonly reasons: readonly string[];
}

/** Compares by step id: the compiler gives a step the same id as long as what it means stays (Flink's operator uid). Pure. */
export function compareState(before: LogicalPlan, after: LogicalPlan): StateCompatibility {
  const was = rememberedBy(before);
  const is = rememberedBy(after);
  const lost: string[] = [];
  const doubtful: string[] = [];
  const fresh: string[] = [];
  const { modes } = changelogOf(after);
  for (const [id, { node, memory, calls }] of was) {
    const now = is.get(id);
    if (now === undefined) lost.push(`"${node.label}" (${node.kind}) is gone, and what it remembers with it.`);
    else if (now.memory !== memory && node.kind === 'source') {
      doubtful.push(`"${node.label}" reads another place or in another way: its positions may not fit.`);
    } else if (now.memory !== memory) {
      lost.push(`"${node.label}" (${node.kind}) remembers in another shape: its keys or aggregates have changed.`);
    } else if (now.calls.length !== calls.length || now.calls.some((call, at) => call !== calls[at])) {
      const isKept = calls.every((call, at) => call === now.calls[at]) && takesNewCalls(now.node, modes);
      if (isKept)
        fresh.push(`"${node.label}" (${node.kind}) computes more aggregates now: the new ones begin with nothing.`);
      else lost.push(`"${node.label}" (${node.kind}) remembers in another shape: its aggregates have changed.`);
    }
  }
  for (const [id, { node }] of is) {
    if (!was.has(id)) fresh.push(`"${node.label}" (${node.kind}) is new and begins with nothing.`);
  }
  const verdict =
    lost.length > 0 ? 'incompatible' : doubtful.length > 0 ? 'unknown' : fresh.length > 0 ? 'partly' : 'compatible';
  return { verdict, reasons: [...lost, ...doubtful, ...fresh] };
}

interface Remembered {
  readonly node: LogicalNode;
  /** Two versions of a step with equal text can read each other's state. */
  readonly memory: string;
  /** Aggregates with state of their own, in order: more of them behind the same ones find their memory empty. */
  readonly calls: readonly string[];
}

/** A call that was never given the rows before must not be asked to take one back. */
function takesNewCalls(node: LogicalNode, modes: ReadonlyMap<OperatorId, ChangelogMode>): boolean {
  return node.kind === 'window-aggregate' || (node.kind === 'group-aggregate' && modes.get(node.input) === 'append');
}

/** What decides the state of a call; which columns it reads the id of its step says, or its meaning. */
function memoryOfCall(call: AggregateCall): string {
  const place = (expression: Expression | undefined) =>
    expression && JSON.stringify(expression, (key, value: unknown) => (key === 'index' ? undefined : value));
  return JSON.stringify({ ...call, arg: place(call.arg), filter: place(call.filter) });
}

function rememberedBy(plan: LogicalPlan): ReadonlyMap<OperatorId, Remembered> {
  const schemas = new Map(plan.nodes.map((node) => [node.id, node.schema]));
  return new Map(
    plan.nodes.flatMap((node) => {
      const memory = memoryOf(node, (id) => schemas.get(id));
      const calls = node.kind === 'window-aggregate' || node.kind === 'group-aggregate' ? node.calls : [];
      return memory === undefined ? [] : [[node.id, { node, memory, calls: calls.map(memoryOfCall) }] as const];
    }),
  );
}

/** What decides the shape of a step's state; undefined for steps that remember nothing. */
function memoryOf(node: LogicalNode, schemaOf: (id: OperatorId) => Schema | undefined): string | undefined {
  const types = (id: OperatorId, columns?: readonly number[]) => {
    const fields = schemaOf(id)?.fields ?? [];
    return (columns?.flatMap((column) => fields[column] ?? []) ?? fields).map(({ type }) =>
      formatDataType({ ...type, nullable: true }),
    );
  };
  switch (node.kind) {
    case 'source':
      return JSON.stringify([node.connector, placeOf(node.options)]);
    case 'dead-letter':
    case 'filter':
    case 'project':
    case 'expand':
    case 'unnest':
    case 'replicate':
    case 'watermark':
    case 'window-assign':
    case 'union':
    case 'sink':
      return undefined;
    case 'lookup-join':
      if (node.rowKey === undefined) return undefined;
      return JSON.stringify([types(node.input), node.rowKey, node.columns.map(({ type }) => formatDataType(type))]);
    case 'window-aggregate':
      return JSON.stringify([types(node.input, node.keys), node.window]);
    case 'group-aggregate':
      return JSON.stringify(types(node.input, node.keys));
    case 'over-aggregate':
      return JSON.stringify([types(node.input), node.partition, node.frame, node.calls]);
    case 'rank':
      return JSON.stringify([types(node.input), node.partition, node.order]);
    case 'deduplicate':
    case 'changelog-normalize':
      return JSON.stringify([types(node.input), node.keys]);
    case 'temporal-sort':
      return JSON.stringify([types(node.input), node.timeColumn, node.order]);
    case 'limit':
      return 'limit';
    case 'match':
      return JSON.stringify([types(node.input), node.partition, node.time, node.pattern, node.definitions]);
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join':
      return JSON.stringify([types(node.left), types(node.right), node.leftKeys, node.rightKeys, node.type]);
  }
}

/** The options that say where a source reads: how fast or from where it starts does not move positions. */
function placeOf(options: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const names = ['topic', 'topic-pattern', 'properties.bootstrap.servers', 'path', 'url', 'table-name', 'stream'];
  return names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
}
