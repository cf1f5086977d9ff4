import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningBroker, runBroker } from '../../../packages/broker/src/testing/running-broker.ts';
import { installKafka, type KafkaInstall } from './install.ts';
import { fileFor, runTool, type ToolRun } from './tools.ts';

let install: KafkaInstall;
let run: RunningBroker;
let scratch: string;

beforeAll(async () => {
  install = await installKafka();
  run = await runBroker();
  scratch = await mkdtemp(path.join(tmpdir(), 'millrace-tools-'));
});

afterAll(async () => {
  await run[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

type Tool = Parameters<typeof runTool>[1];

/** Runs a tool against our broker; fails with what it said when it does not end well. */
async function tool(name: Tool, args: readonly string[], stdin = ''): Promise<string> {
  return succeeded(await runTool(install, name, ['--bootstrap-server', `127.0.0.1:${run.port}`, ...args], { stdin }));
}

function succeeded({ code, stdout, stderr }: ToolRun): string {
  expect(code, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** The table of a tool: fields by column, without the blank and the title line. */
function rows(table: string): string[][] {
  return table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('topics, by kafka-topics and its siblings', () => {
  it('are created, listed, described, grown and deleted', async () => {
    const created = await tool('kafka-topics', [
      '--create',
      '--topic',
      'orders',
      '--partitions',
      '3',
      '--config',
      'retention.ms=3600000',
    ]);
    expect(created).toContain('Created topic orders.');
    expect((await tool('kafka-topics', ['--list'])).trim().split('\n')).toContain('orders');
    await tool('kafka-topics', ['--alter', '--topic', 'orders', '--partitions', '4']);
    const described = await tool('kafka-topics', ['--describe', '--topic', 'orders']);
    expect(described).toMatch(/PartitionCount: 4\s+ReplicationFactor: 1\s+Configs: retention\.ms=3600000/);
    expect(described.match(/Leader: 1\s+Replicas: 1\s+Isr: 1/g)).toHaveLength(4);
    const again = await runTool(install, 'kafka-topics', [
      '--bootstrap-server',
      `127.0.0.1:${run.port}`,
      '--create',
      '--topic',
      'orders',
    ]);
    expect(`${again.stdout}${again.stderr}`).toContain('TopicExistsException');
    await tool('kafka-topics', ['--delete', '--topic', 'orders']);
    expect((await tool('kafka-topics', ['--list'])).split('\n')).not.toContain('orders');
  });

  it('have configs that kafka-configs sets, shows and takes away', async () => {
    const topic = ['--entity-type', 'topics', '--entity-name', 'configured'];
    await tool('kafka-topics', ['--create', '--topic', 'configured']);
    await tool('kafka-configs', [
      '--alter',
      ...topic,
      '--add-config',
      'max.message.bytes=5000,cleanup.policy=[compact,delete]',
    ]);
    await tool('kafka-configs', [
      '--alter',
      ...topic,
      '--add-config',
      'retention.ms=1000',
      '--delete-config',
      'max.message.bytes',
    ]);
    const described = await tool('kafka-configs', ['--describe', ...topic]);
    expect([...described.matchAll(/^\s+([\w.]+)=(\S+)/gm)].map(([, name, value]) => [name, value])).toEqual([
      ['cleanup.policy', 'compact,delete'],
      ['retention.ms', '1000'],
    ]);
    const refused = await runTool(install, 'kafka-configs', [
      '--bootstrap-server',
      `127.0.0.1:${run.port}`,
      '--alter',
      ...topic,
      '--add-config',
      'retention.ms=soon',
    ]);
    expect(refused.code).not.toBe(0);
    expect(`${refused.stdout}${refused.stderr}`).toContain('InvalidConfigurationException');
  });

  it('have offsets that are listed, and records that are deleted', async () => {
    await tool('kafka-topics', ['--create', '--topic', 'counted', '--partitions', '2']);
    await tool(
      'kafka-console-producer',
      ['--topic', 'counted', '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'],
      'a:1\na:2\na:3\n',
    );
    const ends = (await tool('kafka-get-offsets', ['--topic', 'counted'])).trim().split('\n');
    expect(ends.map((line) => Number(line.split(':')[2])).sort()).toEqual([0, 3]);
    const [filled = ''] = ends.filter((line) => line.endsWith(':3'));
    const partition = Number(filled.split(':')[1]);
    const file = fileFor(
      scratch,
      'delete.json',
      JSON.stringify({ version: 1, partitions: [{ topic: 'counted', partition, offset: 2 }] }),
    );
    expect(await tool('kafka-delete-records', ['--offset-json-file', file])).toContain(
      `partition: counted-${partition}\tlow_watermark: 2`,
    );
    expect(await tool('kafka-get-offsets', ['--topic', 'counted', '--time', 'earliest'])).toContain(
      `counted:${partition}:2`,
    );
    expect(await tool('kafka-get-offsets', ['--topic', 'counted', '--time', 'max-timestamp'])).toContain(
      `counted:${partition}:`,
    );
  });
});

describe('records, by the Java clients', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'compressed with %s come back as they were sent',
    async (codec) => {
      const topic = `codec-${codec}`;
      const lines = Array.from({ length: 200 }, (_, i) => `key ${i % 7}\tvalue ${i} ${'ab'.repeat(i)}`);
      await tool(
        'kafka-console-producer',
        ['--topic', topic, '--compression-codec', codec, '--reader-property', 'parse.key=true'],
        `${lines.join('\n')}\n`,
      );
      const seen = await tool('kafka-console-consumer', [
        '--topic',
        topic,
        '--from-beginning',
        '--max-messages',
        '200',
        '--timeout-ms',
        '30000',
        '--formatter-property',
        'print.key=true',
      ]);
      expect(seen.trimEnd().split('\n')).toEqual(lines);
    },
  );

  it('are acknowledged one by one, and consumed with their offsets committed', async () => {
    const sent = jsonLines(
      await tool('kafka-verifiable-producer', ['--topic', 'verified', '--max-messages', '100', '--acks', '-1']),
    );
    expect(sent.filter(({ name }) => name === 'producer_send_success').map(({ offset }) => offset)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    const consumed = jsonLines(
      await tool('kafka-verifiable-consumer', [
        '--topic',
        'verified',
        '--group-id',
        'verifiers',
        '--max-messages',
        '100',
        '--reset-policy',
        'earliest',
      ]),
    );
    const counts = consumed.filter(({ name }) => name === 'records_consumed').map(({ count }) => Number(count));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(consumed.filter(({ name }) => name === 'offsets_committed').at(-1)).toMatchObject({
      success: true,
      offsets: [{ topic: 'verified', partition: 0, offset: 100 }],
    });
  });

  it('of transactions are read once they are committed', async () => {
    const args = ['--topic', 'transacted', '--num-records', '20000', '--record-size', '100', '--throughput', '-1'];
    const transaction = ['--transactional-id', 'perf', '--transaction-duration-ms', '100'];
    const sent = await tool('kafka-producer-perf-test', [...args, ...transaction, '--command-property', 'acks=all']);
    expect(sent).toContain('20000 records sent');
    const consumed = await tool('kafka-console-consumer', [
      '--topic',
      'transacted',
      '--isolation-level',
      'read_committed',
      '--from-beginning',
      '--max-messages',
      '20000',
      '--timeout-ms',
      '30000',
    ]);
    expect(consumed.trimEnd().split('\n')).toHaveLength(20_000);
    const listed = rows(await tool('kafka-transactions', ['list']));
    expect(listed.map(([id, , , state]) => [id, state])).toContainEqual(['perf', 'CompleteCommit']);
    const described = await tool('kafka-transactions', ['describe', '--transactional-id', 'perf']);
    expect(described).toMatch(/\bperf\s+\d+\s+0\s+CompleteCommit\b/);
    const producers = await tool('kafka-transactions', [
      'describe-producers',
      '--topic',
      'transacted',
      '--partition',
      '0',
    ]);
    expect(rows(producers)[0]?.[5]).toBe('None');
  });
});

describe('groups, by kafka-consumer-groups', () => {
  it('are listed and described, their offsets reset, and deleted', async () => {
    await tool('kafka-topics', ['--create', '--topic', 'grouped', '--partitions', '2']);
    await tool('kafka-console-producer', ['--topic', 'grouped'], 'one\ntwo\nthree\n');
    await tool('kafka-console-consumer', [
      '--topic',
      'grouped',
      '--group',
      'readers',
      '--from-beginning',
      '--max-messages',
      '3',
      '--timeout-ms',
      '30000',
    ]);
    expect((await tool('kafka-consumer-groups', ['--list'])).trim().split('\n')).toContain('readers');
    const described = rows(await tool('kafka-consumer-groups', ['--describe', '--group', 'readers']));
    const committed = described.map((row) => Number(row[3]));
    expect(described.map((row) => row.slice(0, 3))).toEqual([
      ['readers', 'grouped', '0'],
      ['readers', 'grouped', '1'],
    ]);
    expect(committed.reduce((sum, offset) => sum + offset, 0)).toBe(3);
    expect(described.map((row) => row[5])).toEqual(['0', '0']);
    const [state] = rows(await tool('kafka-consumer-groups', ['--describe', '--group', 'readers', '--state']));
    expect(state?.slice(-2)).toEqual(['Empty', '0']);
    await tool('kafka-consumer-groups', [
      '--group',
      'readers',
      '--reset-offsets',
      '--to-earliest',
      '--topic',
      'grouped',
      '--execute',
    ]);
    const reset = rows(await tool('kafka-consumer-groups', ['--describe', '--group', 'readers']));
    expect(reset.map((row) => row[3])).toEqual(['0', '0']);
    const dropped = rows(
      await tool('kafka-consumer-groups', ['--group', 'readers', '--delete-offsets', '--topic', 'grouped']),
    );
    expect(dropped.slice(-2).map((row) => row[2])).toEqual(['Successful', 'Successful']);
    expect(await tool('kafka-consumer-groups', ['--delete', '--group', 'readers'])).toContain('was successful');
    expect((await tool('kafka-consumer-groups', ['--list'])).split('\n')).not.toContain('readers');
  });
});

it('the Java client can use every API that is advertised', async () => {
  const versions = await tool('kafka-broker-api-versions', []);
  const offered = [...versions.matchAll(/\w+\((\d+)\): (?:\d+(?: to \d+)?) \[usable: (\d+)\]/g)];
  expect(offered.length).toBeGreaterThan(30);
  expect(versions).not.toContain('UNKNOWN');
});
