import type { OperatorId } from '@millrace/model';
import { type LogicalNode, shortHash } from '@millrace/plan';

export type WithoutId<Node> = Node extends unknown ? Omit<Node, 'id'> : never;

/** The nodes of a plan as it grows, inputs before their readers, and their ids. */
export class PlanNodes {
  readonly all: LogicalNode[] = [];
  readonly #byContent = new Map<string, LogicalNode>();
  readonly #ids = new Set<string>();

  /** A node that does what another one does already is that one. `meaning`: what its id is made from. */
  share(meaning: string, node: WithoutId<LogicalNode>): LogicalNode {
    const { label: _, schema, ...work } = node;
    const content = `${JSON.stringify(work)} ${schema.fields.map((field) => field.name).join(' ')}`;
    const known = this.#byContent.get(content);
    if (known !== undefined) return known;
    const added = this.push({ ...node, id: this.newId(node.kind, '', meaning) });
    this.#byContent.set(content, added);
    return added;
  }

  push<Node extends LogicalNode>(node: Node): Node {
    this.all.push(node);
    return node;
  }

  /** `kind-name` or `kind-hash`, numbered from the second on in the order of the text. */
  newId(kind: string, name: string, meaning = ''): OperatorId {
    const slug = name.replaceAll(/[^A-Za-z0-9_]+/g, '-').slice(0, 48);
    const tail = name === '' ? shortHash(meaning) : slug === name ? slug : `${slug}-${shortHash(name)}`;
    let id = `${kind}-${tail}`;
    for (let occurrence = 2; this.#ids.has(id); occurrence++) id = `${kind}-${tail}-${occurrence}`;
    this.#ids.add(id);
    return id as OperatorId;
  }
}
