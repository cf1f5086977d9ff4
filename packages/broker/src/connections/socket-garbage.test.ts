import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spawnBroker } from '../testing/broker-process.ts';
import { batchOf, RawClient } from '../testing/raw-client.ts';
import { SocketGarbage } from './socket-garbage.ts';

const MIB = 1024 * 1024;

it('is collected once for every eight megabytes, whatever pieces they come in', () => {
  let collections = 0;
  const garbage = new SocketGarbage(() => collections++);
  for (let i = 0; i < 160 * 16; i++) garbage.add(64 * 1024);
  expect(collections).toBe(20);
});

/** The most that was ever resident. */
function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

it.runIf(process.platform === 'linux')('a broker through which much passes hardly grows by it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
  // The first start may bundle the sources, in the same process.
  await (await spawnBroker(dataDir)).end('SIGTERM');
  const broker = await spawnBroker(dataDir, '--fsync', 'none');
  const atStart = peakBytes(broker.pid);
  try {
    const client = await RawClient.connect(broker.port);
    const batch = batchOf(['x'.repeat(900_000)]);
    for (let i = 0; i < 200; i++) await client.produce('t', batch);
    for (let i = 0; i < 200; i++) await client.fetch('t', i, { maxBytes: 1 });
    client.close();
    expect((peakBytes(broker.pid) - atStart) / MIB).toBeLessThan(25);
  } finally {
    await broker.end('SIGTERM');
    await rm(dataDir, { recursive: true });
  }
});
