/** A bundle of capacity: what a node offers, a queue may use, a container holds. Memory in MiB. */
export interface Resource {
  readonly vcores: number;
  readonly memoryMb: number;
}

export const NO_RESOURCE: Resource = { vcores: 0, memoryMb: 0 };

export function add(a: Resource, b: Resource): Resource {
  return { vcores: a.vcores + b.vcores, memoryMb: a.memoryMb + b.memoryMb };
}

export function subtract(a: Resource, b: Resource): Resource {
  return { vcores: a.vcores - b.vcores, memoryMb: a.memoryMb - b.memoryMb };
}

export function times(a: Resource, factor: number): Resource {
  return { vcores: a.vcores * factor, memoryMb: a.memoryMb * factor };
}

export function fits(wanted: Resource, free: Resource): boolean {
  return wanted.vcores <= free.vcores && wanted.memoryMb <= free.memoryMb;
}

/**
 * The largest share of any one resource that `used` takes of `total` (DRF, Ghodsi et al., NSDI 2011).
 * A share of nothing is 0 when nothing is used and Infinity otherwise.
 */
export function dominantShare(used: Resource, total: Resource): number {
  return Math.max(share(used.vcores, total.vcores), share(used.memoryMb, total.memoryMb));
}

function share(used: number, total: number): number {
  return used === 0 ? 0 : used / total;
}
