'use client';
import { NumberInput, Paper, Select, Stack, Text, TextInput } from '@mantine/core';
import { DEFAULT_SETTINGS, type SettingsInput } from '@millrace/protocol/api';
import { usePools } from '../queues/queries.ts';

const GUARANTEES = [
  { value: 'exactly-once', label: 'Exactly once' },
  { value: 'at-least-once', label: 'At least once' },
];

const MEANING: Readonly<Record<string, string>> = {
  'exactly-once': 'Results become visible with each checkpoint; after a failure nothing is lost and nothing doubled.',
  'at-least-once': 'Results are visible at once; after a failure some may be written again.',
};

interface Props {
  readonly value: SettingsInput;
  readonly onChange: (settings: SettingsInput) => void;
}

/** How the program is to run. What is not shown here takes the defaults. */
export function SettingsForm({ value, onChange }: Props) {
  const { data: pools } = usePools();
  const leaves = pools?.items.filter((pool) => !pools.items.some(({ parent }) => parent === pool.name)) ?? [];
  const guarantee = value.guarantee ?? DEFAULT_SETTINGS.guarantee;
  const interval = value.checkpoint?.intervalMs ?? DEFAULT_SETTINGS.checkpoint.intervalMs;
  const { deadLetterTopic, ...rest } = value;
  return (
    <Paper>
      <Stack gap="xs">
        <Select
          label="Engine"
          data={[{ value: 'dataflow', label: 'dataflow (Flink-like)' }]}
          value="dataflow"
          description="Event time, keyed state, aligned checkpoints. Typically tens of ms from input to output."
        />
        <Select
          label="Guarantee"
          data={GUARANTEES}
          value={guarantee}
          description={MEANING[guarantee]}
          onChange={(next) => onChange({ ...value, guarantee: next === 'at-least-once' ? next : 'exactly-once' })}
        />
        <NumberInput
          label="Parallelism"
          min={1}
          max={128}
          allowDecimal={false}
          value={value.parallelism ?? DEFAULT_SETTINGS.parallelism}
          onChange={(next) => onChange({ ...value, parallelism: Number(next) || 1 })}
        />
        <Select
          label="Pool"
          data={leaves.map(({ name }) => name)}
          value={value.queue ?? DEFAULT_SETTINGS.queue}
          description={describePool(leaves.find(({ name }) => name === (value.queue ?? DEFAULT_SETTINGS.queue)))}
          onChange={(queue) => onChange({ ...value, queue: queue ?? DEFAULT_SETTINGS.queue })}
        />
        <NumberInput
          label="Checkpoint every (seconds)"
          min={0.2}
          max={3600}
          decimalScale={1}
          value={interval / 1000}
          onChange={(next) =>
            onChange({
              ...value,
              checkpoint: { ...value.checkpoint, intervalMs: Math.max(200, Math.round(Number(next) * 1000)) },
            })
          }
        />
        <TextInput
          label="Dead-letter topic"
          placeholder="none: the first bad record fails the job"
          description="Records that cannot be decoded go there with reason and position."
          value={deadLetterTopic ?? ''}
          onChange={(event) => {
            const topic = event.currentTarget.value.trim();
            onChange(topic === '' ? rest : { ...rest, deadLetterTopic: topic });
          }}
        />
        <Text size="xs" c="dimmed">
          One master and {value.parallelism ?? 1} worker {(value.parallelism ?? 1) === 1 ? 'container' : 'containers'}:{' '}
          {DEFAULT_SETTINGS.containers.master.vcores +
            (value.parallelism ?? 1) * DEFAULT_SETTINGS.containers.worker.vcores}{' '}
          vcores,{' '}
          {DEFAULT_SETTINGS.containers.master.memoryMb +
            (value.parallelism ?? 1) * DEFAULT_SETTINGS.containers.worker.memoryMb}{' '}
          MiB.
        </Text>
      </Stack>
    </Paper>
  );
}

function describePool(
  pool: { readonly used: { readonly vcores: number }; readonly maximum: { readonly vcores: number } } | undefined,
): string {
  return pool === undefined ? '' : `${pool.used.vcores} of at most ${pool.maximum.vcores} vcores in use`;
}
