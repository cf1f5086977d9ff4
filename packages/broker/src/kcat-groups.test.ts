import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { batchOf } from './testing/raw-client.ts';
import { eventually, runBroker } from './testing/running-broker.ts';

/** librdkafka's command line, on development machines that have it. */
const hasKcat = spawnSync('kcat', ['-V']).status === 0;
const PARTITIONS = [0, 1, 2, 3];

/** A member of a group that rebalances incrementally; collects which record of which partition it got. */
class Member {
  readonly got = new Set<string>();
  private readonly child: ChildProcessByStdio<null, Readable, null>;

  constructor(port: number, ...settings: readonly string[]) {
    const strategy = ['-X', 'partition.assignment.strategy=cooperative-sticky', '-X', 'session.timeout.ms=3000'];
    const fast = ['-X', 'heartbeat.interval.ms=100', '-X', 'auto.offset.reset=earliest'];
    const args = ['-b', `127.0.0.1:${port}`, ...strategy, ...fast, ...settings, '-u', '-f', '%p:%o\n', '-G', 'g', 't'];
    this.child = spawn('kcat', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.got.add(line));
  }

  partitionsSince(offset: number): number[] {
    const places = [...this.got].map((place) => place.split(':').map(Number));
    return [...new Set(places.filter(([, at]) => (at ?? -1) >= offset).map(([partition]) => partition ?? -1))].sort();
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
}

it.skipIf(!hasKcat)(
  'librdkafka shares a topic incrementally, and the survivor takes over what the dead one read',
  async () => {
    await using run = await runBroker();
    await run.client.createTopic('t', PARTITIONS.length);
    let rounds = 0;
    const round = async () => {
      for (const partition of PARTITIONS) await run.client.produce('t', batchOf([`${rounds}`]), { partition });
      rounds++;
    };
    const first = new Member(run.port);
    const second = new Member(run.port, '-X', 'group.instance.id=second');
    try {
      const read = async (from: number) => [first.partitionsSince(from), second.partitionsSince(from)].flat();
      await eventually(
        async () => {
          const from = rounds;
          await round();
          await eventually(
            () => read(from),
            (partitions) => new Set(partitions).size === PARTITIONS.length,
            40_000,
          );
          return { all: await read(from), mine: second.partitionsSince(from) };
        },
        // Settled: both read, and nothing is read by both.
        ({ all, mine }) => all.length === PARTITIONS.length && mine.length === 2,
        60_000,
      );
      await first.end('SIGKILL');
      const from = rounds;
      await round();
      await eventually(
        async () => second.partitionsSince(from),
        (partitions) => partitions.length === 4,
        40_000,
      );
      // Whatever was rebalanced meanwhile: nobody missed a record.
      const all = new Set([...first.got, ...second.got]);
      for (const partition of PARTITIONS) {
        for (let offset = 0; offset < rounds; offset++) expect(all).toContain(`${partition}:${offset}`);
      }
    } finally {
      await second.end('SIGTERM');
    }
  },
  150_000,
);
