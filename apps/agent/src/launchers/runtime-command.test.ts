import type { ContainerLaunch } from '@millrace/protocol';
import { expect, it } from 'vitest';
import { runtimeCommand } from './runtime-command.ts';

const argsOf = (memoryMb: number) =>
  runtimeCommand(
    '/runtime',
    {},
  )({ id: 'c', resource: { vcores: 1, memoryMb }, config: { role: 'worker' } } as ContainerLaunch).args.filter((arg) =>
    arg.includes('size'),
  );

it.each([
  [128, ['--max-old-space-size=76', '--initial-heap-size=32']],
  [512, ['--max-old-space-size=307', '--initial-heap-size=128']],
  [4096, ['--max-old-space-size=2457', '--initial-heap-size=256']],
])(
  'a container of %i MB leaves memory to buffers, and does not collect its heap before a quarter is used',
  (memoryMb, flags) => {
    expect(argsOf(memoryMb)).toEqual(flags);
  },
);
