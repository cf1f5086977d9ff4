import {
  add,
  type Container,
  fits,
  NO_RESOURCE,
  type QueueConfig,
  type QueueName,
  type Resource,
  subtract,
} from '@millrace/model';

/** One pool with what it and everything below it holds. `used` changes while one schedule is made. */
export interface QueueNode {
  readonly config: QueueConfig;
  readonly parent: QueueNode | undefined;
  readonly children: QueueNode[];
  used: Resource;
}

/** Builds the tree and rolls usage up from the leaves. Containers of pools that no longer exist count nowhere. */
export function buildQueueTree(
  queues: readonly QueueConfig[],
  running: readonly Container[],
): ReadonlyMap<QueueName, QueueNode> {
  const nodes = new Map<QueueName, QueueNode>();
  const configs = new Map(queues.map((config) => [config.name, config]));
  const build = (config: QueueConfig): QueueNode => {
    const known = nodes.get(config.name);
    if (known !== undefined) return known;
    const parentConfig = config.parent === undefined ? undefined : configs.get(config.parent);
    const parent = parentConfig === undefined ? undefined : build(parentConfig);
    const node: QueueNode = { config, parent, children: [], used: NO_RESOURCE };
    parent?.children.push(node);
    nodes.set(config.name, node);
    return node;
  };
  for (const config of [...queues].sort((a, b) => (a.name < b.name ? -1 : 1))) build(config);
  for (const container of running) {
    const node = nodes.get(container.queue);
    if (node !== undefined) charge(node, container.resource);
  }
  return nodes;
}

/** Adds to a pool and all above it. */
export function charge(node: QueueNode, resource: Resource): void {
  for (let at: QueueNode | undefined = node; at !== undefined; at = at.parent) at.used = add(at.used, resource);
}

/** The first pool on the way to the root whose maximum would be passed, if any. */
export function limitHit(node: QueueNode, resource: Resource): QueueNode | undefined {
  for (let at: QueueNode | undefined = node; at !== undefined; at = at.parent) {
    if (!fits(resource, subtract(at.config.maximum, at.used))) return at;
  }
  return undefined;
}

/** The pool itself or the nearest one above it that is stopped (draining). */
export function stoppedAt(node: QueueNode): QueueNode | undefined {
  for (let at: QueueNode | undefined = node; at !== undefined; at = at.parent)
    if (at.config.state === 'stopped') return at;
  return undefined;
}
