import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningBroker, runBroker } from '../../../packages/broker/src/testing/running-broker.ts';
import { kcat } from './kcat.ts';

let run: RunningBroker;

beforeAll(async () => {
  run = await runBroker();
});

afterAll(async () => {
  await run[Symbol.asyncDispose]();
});

const RECORDS = Array.from({ length: 500 }, (_, i) => `key ${i % 11}:value ${i} ${'xyz'.repeat(i % 50)}`);
const lines = (output: string) => output.trimEnd().split('\n');

describe('librdkafka, through kcat', () => {
  it('sees the cluster and its topics', async () => {
    await run.client.createTopic('seen', 3);
    const cluster = JSON.parse(await kcat(run.port, ['-L', '-J', '-t', 'seen'])) as Record<string, unknown>;
    expect(cluster).toMatchObject({ controllerid: 1, brokers: [{ id: 1, name: `127.0.0.1:${run.port}` }] });
    const partition = (number: number) => ({ partition: number, leader: 1, replicas: [{ id: 1 }], isrs: [{ id: 1 }] });
    expect(cluster.topics).toEqual([{ topic: 'seen', partitions: [0, 1, 2].map(partition) }]);
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'gets back what it sent with %s, checksums included',
    async (codec) => {
      const topic = `codec-${codec}`;
      await kcat(run.port, ['-P', '-t', topic, '-z', codec, '-K:', '-X', 'batch.num.messages=50'], RECORDS.join('\n'));
      const seen = await kcat(run.port, ['-C', '-t', topic, '-e', '-q', '-f', '%k:%s\n', '-X', 'check.crcs=true']);
      expect(lines(seen)).toEqual(RECORDS);
    },
  );

  it('sends exactly once with idempotence, headers and timestamps kept', async () => {
    await kcat(run.port, ['-P', '-t', 'idempotent', '-X', 'enable.idempotence=true', '-H', 'from=kcat'], 'x\ny\n');
    const seen = lines(await kcat(run.port, ['-C', '-t', 'idempotent', '-e', '-q', '-f', '%o %s %h %T\n']));
    expect(seen.map((line) => line.split(' ').slice(0, 3))).toEqual([
      ['0', 'x', 'from=kcat'],
      ['1', 'y', 'from=kcat'],
    ]);
    for (const line of seen) expect(Date.now() - Number(line.split(' ')[3])).toBeLessThan(60_000);
  });

  it('commits a transaction that others then read', async () => {
    await kcat(run.port, ['-P', '-t', 'transacted', '-X', 'transactional.id=kcat'], 'one\ntwo\n');
    const committed = await kcat(run.port, [
      '-C',
      '-t',
      'transacted',
      '-e',
      '-q',
      '-X',
      'isolation.level=read_committed',
    ]);
    expect(lines(committed)).toEqual(['one', 'two']);
  });

  it('reads as a group, and goes on where it stopped', async () => {
    await run.client.createTopic('grouped', 2);
    const group = ['-G', 'kcats', '-e', '-q', '-X', 'auto.offset.reset=earliest', 'grouped'];
    await kcat(run.port, ['-P', '-t', 'grouped', '-K:'], 'a:1\nb:2\nc:3\nd:4\n');
    expect(lines(await kcat(run.port, group)).sort()).toEqual(['1', '2', '3', '4']);
    await kcat(run.port, ['-P', '-t', 'grouped', '-K:'], 'e:5\n');
    expect(lines(await kcat(run.port, group))).toEqual(['5']);
  });

  it('finds offsets by time, and reads from the end backwards', async () => {
    await kcat(run.port, ['-P', '-t', 'timed'], '1\n2\n3\n');
    const at = async (time: string) => (await kcat(run.port, ['-Q', '-t', `timed:0:${time}`])).trim();
    expect(await at('-2')).toBe('timed [0] offset 0');
    expect(await at('-1')).toBe('timed [0] offset 3');
    expect(await at(String(Date.now() - 60_000))).toBe('timed [0] offset 0');
    expect(lines(await kcat(run.port, ['-C', '-t', 'timed', '-o', '-2', '-e', '-q']))).toEqual(['2', '3']);
    expect(lines(await kcat(run.port, ['-C', '-t', 'timed', '-o', '1', '-c', '1', '-q']))).toEqual(['2']);
  });
});
