import {
  type ApplicationId,
  add,
  type ClusterNode,
  type Container,
  type ContainerId,
  type ContainerRequest,
  fits,
  NO_RESOURCE,
  type NodeId,
  type QueueConfig,
  type QueueName,
  type Resource,
  subtract,
} from '@millrace/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { schedule } from './schedule.ts';
import type { ClusterSnapshot, Schedule } from './snapshot.ts';

const gib = (vcores: number, memoryGb: number): Resource => ({ vcores, memoryMb: memoryGb * 1024 });

function pool(name: string, guaranteed: Resource, maximum: Resource, rest: Partial<QueueConfig> = {}): QueueConfig {
  const cut = name.lastIndexOf('.');
  const parent = cut < 0 ? undefined : (name.slice(0, cut) as QueueName);
  return {
    name: name as QueueName,
    parent,
    policy: 'fifo',
    guaranteed,
    maximum,
    state: 'running',
    maxApplications: 100,
    ...rest,
  };
}

function node(id: string, capacity: Resource, healthy = true): ClusterNode {
  return { id: id as NodeId, capacity, healthy };
}

function ask(
  id: string,
  application: string,
  queue: string,
  resource: Resource,
  rest: Partial<ContainerRequest> = {},
): ContainerRequest {
  return {
    id,
    application: application as ApplicationId,
    role: 'worker',
    queue: queue as QueueName,
    resource,
    gang: undefined,
    requestedAt: 0,
    ...rest,
  };
}

function holds(id: string, application: string, queue: string, on: string, resource: Resource): Container {
  return {
    id: id as ContainerId,
    application: application as ApplicationId,
    role: 'worker',
    node: on as NodeId,
    queue: queue as QueueName,
    resource,
  };
}

const ROOT = pool('root', gib(8, 8), gib(8, 8));
const granted = (result: Schedule) => result.allocations.map(({ request }) => request.id).sort();
const reasons = (result: Schedule) => result.waiting.map(({ reason }) => reason);

test('a pool may use what others leave free, up to its maximum, and the reason names the limit', () => {
  const queues = [ROOT, pool('root.a', gib(1, 1), gib(2, 2))];
  const pending = ['1', '2', '3'].map((id) => ask(id, id, 'root.a', gib(1, 1), { requestedAt: Number(id) }));
  const result = schedule({ nodes: [node('n', gib(8, 8))], queues, running: [], pending });
  expect(granted(result)).toEqual(['1', '2']);
  expect(reasons(result)).toEqual([
    'pool root.a is at its maximum: 2 vcores and 2048 MiB of 2 vcores and 2048 MiB used, 1 vcore and 1024 MiB more needed',
  ]);
});

test('the maximum of an ancestor holds for all pools below it', () => {
  const queues = [
    ROOT,
    pool('root.a', gib(2, 2), gib(3, 3)),
    pool('root.a.x', gib(1, 1), gib(3, 3)),
    pool('root.a.y', gib(1, 1), gib(3, 3)),
  ];
  const running = [holds('c', 'old', 'root.a.x', 'n', gib(2, 2))];
  const pending = [ask('1', 'new', 'root.a.y', gib(2, 2))];
  const result = schedule({ nodes: [node('n', gib(8, 8))], queues, running, pending });
  expect(granted(result)).toEqual([]);
  expect(reasons(result)[0]).toMatch(/^pool root\.a is at its maximum/);
});

test('the pool furthest below its guarantee is served first', () => {
  const queues = [ROOT, pool('root.a', gib(4, 4), gib(8, 8)), pool('root.b', gib(4, 4), gib(8, 8))];
  const running = [holds('c', 'old', 'root.a', 'n', gib(3, 3))];
  const pending = [ask('a', 'a', 'root.a', gib(1, 1)), ask('b', 'b', 'root.b', gib(1, 1), { requestedAt: 99 })];
  expect(granted(schedule({ nodes: [node('n', gib(4, 4))], queues, running, pending }))).toEqual(['b']);
});

test('a gang is granted all or nothing', () => {
  const queues = [ROOT, pool('root.a', gib(8, 8), gib(8, 8))];
  const pending = ['1', '2', '3'].map((id) => ask(id, 'job', 'root.a', gib(1, 1), { gang: 'workers' }));
  expect(granted(schedule({ nodes: [node('n', gib(2, 2))], queues, running: [], pending }))).toEqual([]);
  expect(
    granted(schedule({ nodes: [node('n', gib(2, 2)), node('m', gib(1, 1))], queues, running: [], pending })),
  ).toEqual(['1', '2', '3']);
});

test('an application that has started gets its workers before another may start', () => {
  const queues = [ROOT, pool('root.a', gib(8, 8), gib(8, 8))];
  const running = [holds('m1', 'first', 'root.a', 'n', gib(1, 1))];
  const pending = [
    ask('master2', 'second', 'root.a', gib(1, 1), { role: 'master' }),
    ask('worker1', 'first', 'root.a', gib(1, 1), { requestedAt: 5 }),
  ];
  expect(granted(schedule({ nodes: [node('n', gib(2, 2))], queues, running, pending }))).toEqual(['worker1']);
});

test('a claim that can never fit says so and holds nobody back', () => {
  const queues = [ROOT, pool('root.a', gib(8, 8), gib(8, 8))];
  const pending = [ask('huge', 'x', 'root.a', gib(3, 3)), ask('small', 'y', 'root.a', gib(1, 1), { requestedAt: 1 })];
  const result = schedule({ nodes: [node('n', gib(2, 2)), node('m', gib(2, 2))], queues, running: [], pending });
  expect(granted(result)).toEqual(['small']);
  expect(reasons(result)[0]).toBe(
    'can never fit: one container asks for 3 vcores and 3072 MiB, the largest node has 2 vcores and 2048 MiB; ask for less',
  );
});

test('a claim that does not fit yet holds back later ones, each told its place', () => {
  const queues = [ROOT, pool('root.a', gib(8, 8), gib(8, 8))];
  const running = [holds('c', 'old', 'root.a', 'n', gib(1, 1))];
  const pending = [ask('large', 'x', 'root.a', gib(2, 2)), ask('small', 'y', 'root.a', gib(1, 1), { requestedAt: 1 })];
  const result = schedule({ nodes: [node('n', gib(2, 2))], queues, running, pending });
  expect(granted(result)).toEqual([]);
  expect(result.waiting.map(({ position }) => position)).toEqual([1, 2]);
  expect(reasons(result)[1]).toMatch(/2nd in line$/);
});

test('an application that is being restarted and holds nothing keeps its place in a stopped pool', () => {
  const queues = [ROOT, pool('root.a', gib(4, 4), gib(8, 8), { state: 'stopped' })];
  const pending = [ask('1', 'restarted', 'root.a', gib(1, 1)), ask('2', 'new', 'root.a', gib(1, 1))];
  const admitted = [{ application: 'restarted' as ApplicationId, queue: 'root.a' as QueueName }];
  expect(granted(schedule({ nodes: [node('n', gib(8, 8))], queues, running: [], pending, admitted }))).toEqual(['1']);
});

test('a stopped pool drains: new applications wait, running ones may replace a container', () => {
  const queues = [ROOT, pool('root.a', gib(8, 8), gib(8, 8), { state: 'stopped' })];
  const running = [holds('m', 'old', 'root.a', 'n', gib(1, 1))];
  const pending = [ask('replace', 'old', 'root.a', gib(1, 1)), ask('new', 'new', 'root.a', gib(1, 1))];
  const result = schedule({ nodes: [node('n', gib(8, 8))], queues, running, pending });
  expect(granted(result)).toEqual(['replace']);
  expect(reasons(result)[0]).toMatch(/root\.a is stopped/);
});

test('maxApplications counts the applications of the pool, those granted in this round included', () => {
  const queues = [
    ROOT,
    pool('root.a', gib(8, 8), gib(8, 8), { maxApplications: 2 }),
    pool('root.b', gib(8, 8), gib(8, 8)),
  ];
  const running = [holds('m', 'old', 'root.a', 'n', gib(1, 1)), holds('o', 'other', 'root.b', 'n', gib(1, 1))];
  const pending = [ask('1', 'second', 'root.a', gib(1, 1)), ask('2', 'third', 'root.a', gib(1, 1), { requestedAt: 1 })];
  const result = schedule({ nodes: [node('n', gib(8, 8))], queues, running, pending });
  expect(granted(result)).toEqual(['1']);
  expect(reasons(result)[0]).toBe('pool root.a already runs its maximum of 2 applications');
});

test('lost and unhealthy nodes take nothing', () => {
  const queues = [ROOT, pool('root.a', gib(8, 8), gib(8, 8))];
  const result = schedule({
    nodes: [node('n', gib(8, 8), false)],
    queues,
    running: [],
    pending: [ask('1', 'x', 'root.a', gib(1, 1))],
  });
  expect(reasons(result)).toEqual(['no healthy node is registered']);
});

const resource = fc.record({
  vcores: fc.integer({ min: 0, max: 8 }).map((quarters) => quarters / 4),
  memoryMb: fc.integer({ min: 1, max: 2_000 }),
});
const leaf = fc.constantFrom('root.a', 'root.b', 'root.b.x', 'root.b.y');

const snapshots: fc.Arbitrary<ClusterSnapshot> = fc.record({
  nodes: fc
    .array(resource, { maxLength: 4 })
    .map((all) => all.map((capacity, at) => node(`n${at}`, capacity, at !== 3))),
  queues: fc
    .tuple(resource, resource, resource, resource, fc.boolean(), fc.constantFrom('fifo' as const, 'fair' as const))
    .map(([root, a, b, x, stopped, policy]) => [
      pool('root', root, add(root, a)),
      pool('root.a', a, add(a, x), { policy, maxApplications: 2 }),
      pool('root.b', b, add(b, x)),
      pool('root.b.x', NO_RESOURCE, add(x, b), { state: stopped ? 'stopped' : 'running' }),
      pool('root.b.y', x, x),
    ]),
  running: fc.constant([]),
  pending: fc
    .array(fc.tuple(leaf, resource, fc.integer({ min: 0, max: 4 }), fc.boolean(), fc.integer({ min: 0, max: 9 })), {
      maxLength: 14,
    })
    .map((asks) =>
      asks.map(([queue, size, app, gang, at], id) =>
        ask(`r${id}`, `${queue}-${app}`, queue, size, { requestedAt: at, gang: gang ? 'g' : undefined }),
      ),
    ),
});

test('for any tree and load: never above a maximum or a node, every request decided once, same photograph same decisions', () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const result = schedule(snapshot);
      expect(schedule(structuredClone(snapshot))).toEqual(result);
      const decided = [...result.allocations, ...result.waiting].map(({ request }) => request.id).sort();
      expect(decided).toEqual(snapshot.pending.map(({ id }) => id).sort());
      for (const { id, capacity, healthy } of snapshot.nodes) {
        const used = result.allocations
          .filter((allocation) => allocation.node === id)
          .reduce((sum, { request }) => add(sum, request.resource), NO_RESOURCE);
        expect(healthy || used.memoryMb === 0).toBe(true);
        expect(fits(used, capacity)).toBe(true);
      }
      for (const { name, maximum } of snapshot.queues) {
        const below = result.allocations.filter(
          ({ request }) => request.queue === name || request.queue.startsWith(`${name}.`),
        );
        const used = below.reduce((sum, { request }) => add(sum, request.resource), NO_RESOURCE);
        expect(fits(used, { vcores: maximum.vcores + 1e-9, memoryMb: maximum.memoryMb })).toBe(true);
      }
      const gangs = Map.groupBy
        ? Map.groupBy(
            snapshot.pending.filter(({ gang }) => gang !== undefined),
            ({ application }) => application,
          )
        : new Map();
      for (const members of gangs.values()) {
        const served = members.filter(({ id }: ContainerRequest) =>
          result.allocations.some(({ request }) => request.id === id),
        ).length;
        expect(served === 0 || served === members.length).toBe(true);
      }
    }),
    { numRuns: 400 },
  );
});

test('the first in a line waits only for a node or a maximum, never while both have room', () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const open = snapshot.queues.map((queue) => ({ ...queue, state: 'running' as const, maxApplications: 1_000 }));
      const result = schedule({ ...snapshot, queues: open });
      const used = (name: string) =>
        result.allocations
          .filter(({ request }) => request.queue === name || request.queue.startsWith(`${name}.`))
          .reduce((sum, { request }) => add(sum, request.resource), NO_RESOURCE);
      for (const { request, position, reason } of result.waiting) {
        if (position !== 1 || request.gang !== undefined || reason.startsWith('can never')) continue;
        const roomSomewhere = snapshot.nodes.some(({ id, capacity, healthy }) => {
          const taken = result.allocations
            .filter((allocation) => allocation.node === id)
            .reduce((sum, allocation) => add(sum, allocation.request.resource), NO_RESOURCE);
          return healthy && fits(request.resource, subtract(capacity, taken));
        });
        const withinMaximum = open
          .filter(({ name }) => request.queue === name || request.queue.startsWith(`${name}.`))
          .every(({ name, maximum }) => fits(request.resource, subtract(maximum, used(name))));
        expect(roomSomewhere && withinMaximum).toBe(false);
      }
    }),
    { numRuns: 400 },
  );
});
