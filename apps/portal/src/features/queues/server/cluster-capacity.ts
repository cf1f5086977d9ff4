import { listNodes, type Queryable } from '@millrace/database';
import { add, NO_RESOURCE, type Resource } from '@millrace/model';

/** Sum of what the nodes offer that are not lost. */
export async function clusterCapacity(db: Queryable): Promise<Resource> {
  const nodes = await listNodes(db);
  return nodes.filter((node) => node.status !== 'lost').reduce((sum, node) => add(sum, node.capacity), NO_RESOURCE);
}
