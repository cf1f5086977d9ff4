import {
  add,
  type ClusterNode,
  type Container,
  dominantShare,
  fits,
  NO_RESOURCE,
  type NodeId,
  type Resource,
  subtract,
} from '@millrace/model';

/** What is left on each healthy node while one schedule is made. */
export class FreeSpace {
  readonly #nodes: readonly ClusterNode[];
  readonly #used = new Map<NodeId, Resource>();

  constructor(nodes: readonly ClusterNode[], running: readonly Container[]) {
    this.#nodes = nodes.filter((node) => node.healthy).sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const { node, resource } of running) this.#used.set(node, add(this.#used.get(node) ?? NO_RESOURCE, resource));
  }

  /**
   * A node for each of the resources, or undefined when they do not all fit (nothing is taken then).
   * Spread: the node that is emptiest after the placement, so that containers of one job do not share one fate.
   */
  place(resources: readonly Resource[]): readonly NodeId[] | undefined {
    const before = new Map(this.#used);
    const chosen: NodeId[] = [];
    for (const resource of resources) {
      const node = this.#emptiest(resource);
      if (node === undefined) {
        this.#used.clear();
        for (const [id, used] of before) this.#used.set(id, used);
        return undefined;
      }
      this.#used.set(node, add(this.#used.get(node) ?? NO_RESOURCE, resource));
      chosen.push(node);
    }
    return chosen;
  }

  /** The largest whole node: what asks for more than this never fits. */
  get largest(): Resource {
    return this.#nodes.reduce<Resource>(
      (most, { capacity }) => ({
        vcores: Math.max(most.vcores, capacity.vcores),
        memoryMb: Math.max(most.memoryMb, capacity.memoryMb),
      }),
      NO_RESOURCE,
    );
  }

  get count(): number {
    return this.#nodes.length;
  }

  #emptiest(resource: Resource): NodeId | undefined {
    let best: NodeId | undefined;
    let bestShare = Number.POSITIVE_INFINITY;
    for (const node of this.#nodes) {
      const used = this.#used.get(node.id) ?? NO_RESOURCE;
      if (!fits(resource, subtract(node.capacity, used))) continue;
      const share = dominantShare(add(used, resource), node.capacity);
      if (share < bestShare) {
        best = node.id;
        bestShare = share;
      }
    }
    return best;
  }
}
