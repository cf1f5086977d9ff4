import type { Field, OperatorId, Schema } from '@millrace/model';
import { type LogicalNode, outputFields } from '@millrace/plan';
import type { Relation, Step } from './relation.ts';

type StepNode = Exclude<
  LogicalNode,
  {
    readonly kind:
      | 'source'
      | 'dead-letter'
      | 'filter'
      | 'project'
      | 'watermark'
      | 'window-aggregate'
      | 'union'
      | 'sink';
  }
>;
type WithoutPlace<Node> = Node extends unknown
  ? Omit<Node, 'id' | 'label' | 'schema' | 'input' | 'left' | 'right'>
  : never;

/** What a plan node does, without its place in a plan. Column indexes are those of its inputs. */
export type Work = WithoutPlace<StepNode>;
export type WorkOf<Kind extends Work['kind']> = Extract<Work, { readonly kind: Kind }>;

const NO_ID = '' as OperatorId;
const LEFT = 'left' as OperatorId;
const RIGHT = 'right' as OperatorId;

/** The plan node of some work; `inputs` in order. */
export function nodeOf(
  work: Work,
  place: { readonly id: OperatorId; readonly label: string; readonly schema: Schema },
  inputs: readonly OperatorId[],
): LogicalNode {
  const [first = NO_ID, second = NO_ID] = inputs;
  switch (work.kind) {
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join':
      return { ...work, ...place, left: first, right: second };
    default:
      return { ...work, ...place, input: first };
  }
}

/**
 * A step over relations. Its columns are those the plan says its kind gives; `names` rename them from the first on. `eventTime`
 * is the index of the output column that carries it, if any.
 */
export function step(
  work: Work,
  inputs: readonly Relation[],
  eventTime: number | undefined,
  given: { readonly names?: readonly string[]; readonly fields?: readonly Field[] } = {},
): Step {
  const node = nodeOf(work, { id: NO_ID, label: '', schema: { fields: [] } }, [LEFT, RIGHT]);
  const [left, right] = inputs;
  const schemaOf = (id: OperatorId): Schema => ({ fields: (id === LEFT ? left : right)?.fields ?? [] });
  const fields = given.fields ?? outputFields(node, schemaOf);
  if (fields === undefined) throw new Error(`the columns of ${work.kind} are not known`);
  const named = fields.map(({ name, type }, at) => ({ name: given.names?.[at] ?? name, type }));
  return { kind: 'step', work, inputs, fields: named, eventTime };
}
