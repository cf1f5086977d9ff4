import type { QueueConfig, QueueName } from '@millrace/model';
import { expect, test } from 'vitest';
import { validateQueues } from './validate-queues.ts';

function pool(name: string, guaranteed: number, maximum: number): QueueConfig {
  const cut = name.lastIndexOf('.');
  return {
    name: name as QueueName,
    parent: cut < 0 ? undefined : (name.slice(0, cut) as QueueName),
    policy: 'fifo',
    guaranteed: { vcores: guaranteed, memoryMb: guaranteed * 1024 },
    maximum: { vcores: maximum, memoryMb: maximum * 1024 },
    state: 'running',
    maxApplications: 10,
  };
}

test('a sound tree has no findings', () => {
  expect(
    validateQueues([pool('root', 8, 8), pool('root.a', 4, 8), pool('root.b', 4, 6), pool('root.b.x', 4, 6)]),
  ).toEqual([]);
});

test('children guaranteed more than their parent: every child that takes part is told', () => {
  const findings = validateQueues([pool('root', 8, 8), pool('root.a', 5, 8), pool('root.b', 4, 8)]);
  expect(findings.map(({ queue, field }) => `${queue} ${field}`)).toEqual([
    'root.a guaranteed.vcores',
    'root.b guaranteed.vcores',
    'root.a guaranteed.memoryMb',
    'root.b guaranteed.memoryMb',
  ]);
  expect(findings[0]?.message).toBe('the pools below root are guaranteed 9 vcores together, root only 8');
});

test('a guarantee above the own maximum and a maximum above the parent are found at their fields', () => {
  const findings = validateQueues([pool('root', 8, 8), pool('root.a', 4, 3), pool('root.b', 1, 9)]);
  expect(findings.map(({ queue, field }) => `${queue} ${field}`)).toEqual([
    'root.a guaranteed.vcores',
    'root.a guaranteed.memoryMb',
    'root.b maximum.vcores',
    'root.b maximum.memoryMb',
  ]);
});

test('names that could confuse paths or people are refused', () => {
  for (const name of ['root.A', 'root.', 'roots', 'root..a', 'root.a b']) {
    expect(
      validateQueues([pool('root', 8, 8), { ...pool('root.a', 0, 1), name: name as QueueName }]).some(
        ({ field }) => field === 'name',
      ),
    ).toBe(true);
  }
});

test('guarantees above what the nodes offer are a warning: nodes come and go', () => {
  const findings = validateQueues([pool('root', 8, 8)], { vcores: 4, memoryMb: 99_999 });
  expect(findings).toMatchObject([{ queue: 'root', field: 'guaranteed.vcores', severity: 'warning' }]);
});
