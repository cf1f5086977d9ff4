import { add, fits, NO_RESOURCE, type QueueConfig, type QueueName, type Resource } from '@millrace/model';

/** One finding about a tree of pools, attached to the field a person has to change. Errors block an edit, warnings do not. */
export interface QueueFinding {
  readonly queue: QueueName;
  readonly field:
    | 'name'
    | 'parent'
    | 'guaranteed.vcores'
    | 'guaranteed.memoryMb'
    | 'maximum.vcores'
    | 'maximum.memoryMb'
    | 'maxApplications';
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

const NAME = /^root(\.[a-z0-9][a-z0-9_-]{0,62}){0,8}$/;
const PARTS = ['vcores', 'memoryMb'] as const;
const UNIT = { vcores: 'vcores', memoryMb: 'MiB' } as const;

/**
 * Everything wrong with a tree, all at once. The rules: names are paths below root; guarantee <= maximum; a child's
 * maximum <= its parent's; children's guarantees add up to no more than their parent's. `capacity`,
 * when known, adds a warning for guarantees that no longer fit the cluster.
 */
export function validateQueues(queues: readonly QueueConfig[], capacity?: Resource): readonly QueueFinding[] {
  const byName = new Map(queues.map((queue) => [queue.name, queue]));
  const findings = queues.flatMap((queue) => [
    ...ownFindings(queue),
    ...parentFindings(queue, byName),
    ...childrenFindings(queue, queues),
  ]);
  const root = byName.get('root' as QueueName);
  if (root !== undefined && capacity !== undefined) {
    for (const part of PARTS) {
      if (root.guaranteed[part] <= capacity[part]) continue;
      const message = `guarantees ${root.guaranteed[part]} ${UNIT[part]}, the nodes offer ${capacity[part]}`;
      findings.push({ queue: root.name, field: `guaranteed.${part}`, severity: 'warning', message });
    }
  }
  return findings;
}

function ownFindings(queue: QueueConfig): QueueFinding[] {
  const findings: QueueFinding[] = [];
  const error = (field: QueueFinding['field'], message: string) =>
    findings.push({ queue: queue.name, field, severity: 'error', message });
  if (!NAME.test(queue.name))
    error('name', 'a path such as root.search: lower-case letters, digits, - and _, at most 8 levels');
  for (const part of PARTS) {
    if (!(queue.guaranteed[part] >= 0)) error(`guaranteed.${part}`, 'zero or more');
    if (!(queue.maximum[part] > 0)) error(`maximum.${part}`, 'more than zero');
    if (queue.guaranteed[part] > queue.maximum[part]) {
      error(
        `guaranteed.${part}`,
        `the guarantee, ${queue.guaranteed[part]} ${UNIT[part]}, is above the maximum, ${queue.maximum[part]}`,
      );
    }
  }
  if (!Number.isInteger(queue.maxApplications) || queue.maxApplications < 1)
    error('maxApplications', 'a whole number, at least 1');
  return findings;
}

function parentFindings(queue: QueueConfig, byName: ReadonlyMap<QueueName, QueueConfig>): QueueFinding[] {
  if (queue.parent === undefined)
    return queue.name === 'root'
      ? []
      : [{ queue: queue.name, field: 'parent', severity: 'error', message: 'only root has no parent' }];
  const parent = byName.get(queue.parent);
  if (parent === undefined)
    return [{ queue: queue.name, field: 'parent', severity: 'error', message: `there is no pool ${queue.parent}` }];
  return PARTS.filter((part) => queue.maximum[part] > parent.maximum[part]).map((part) => ({
    queue: queue.name,
    field: `maximum.${part}` as const,
    severity: 'error' as const,
    message: `the maximum, ${queue.maximum[part]} ${UNIT[part]}, is above that of ${parent.name}, ${parent.maximum[part]}`,
  }));
}

function childrenFindings(queue: QueueConfig, queues: readonly QueueConfig[]): QueueFinding[] {
  const children = queues.filter((child) => child.parent === queue.name);
  const sum = children.reduce<Resource>((total, child) => add(total, child.guaranteed), NO_RESOURCE);
  if (fits(sum, queue.guaranteed)) return [];
  return PARTS.filter((part) => sum[part] > queue.guaranteed[part]).flatMap((part) =>
    children
      .filter((child) => child.guaranteed[part] > 0)
      .map((child) => ({
        queue: child.name,
        field: `guaranteed.${part}` as const,
        severity: 'error' as const,
        message: `the pools below ${queue.name} are guaranteed ${sum[part]} ${UNIT[part]} together, ${queue.name} only ${queue.guaranteed[part]}`,
      })),
  );
}
