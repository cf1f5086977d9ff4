'use client';
import { NumberInput, Select, SimpleGrid } from '@mantine/core';
import type { QueueView } from '@millrace/protocol/api';
import { formatCount } from '@millrace/ui';

export interface PoolDraft {
  readonly guaranteed: { readonly vcores: number; readonly memoryMb: number };
  readonly maximum: { readonly vcores: number; readonly memoryMb: number };
  readonly policy: 'fifo' | 'fair';
  readonly maxApplications: number;
}

/** Paths of the fields that show their own error. */
export const SHOWN_FIELDS = [
  'guaranteed.vcores',
  'guaranteed.memoryMb',
  'maximum.vcores',
  'maximum.memoryMb',
  'maxApplications',
];

interface Props {
  readonly draft: PoolDraft;
  readonly onChange: (draft: PoolDraft) => void;
  /** By path. */
  readonly errors: Readonly<Record<string, string>>;
  readonly parent: QueueView | undefined;
  readonly isLeaf: boolean;
}

export function PoolFields({ draft, onChange, errors, parent, isLeaf }: Props) {
  const amount = (side: 'guaranteed' | 'maximum', part: 'vcores' | 'memoryMb') => ({
    value: draft[side][part],
    onChange: (value: number | string) => onChange({ ...draft, [side]: { ...draft[side], [part]: Number(value) } }),
    error: errors[`${side}.${part}`],
    min: 0,
    step: part === 'vcores' ? 0.25 : 256,
    allowDecimal: part === 'vcores',
    suffix: part === 'vcores' ? ' vcores' : ' MiB',
    thousandSeparator: ',',
  });
  const limit = (part: 'vcores' | 'memoryMb', unit: string) =>
    parent === undefined ? undefined : `${parent.name}: ${formatCount(parent.maximum[part])} ${unit} at most`;
  return (
    <>
      <SimpleGrid cols={2} spacing="sm">
        <NumberInput
          label="Guaranteed vcores"
          description="Given whenever it is asked for"
          {...amount('guaranteed', 'vcores')}
        />
        <NumberInput
          label="Guaranteed memory"
          description="Given whenever it is asked for"
          {...amount('guaranteed', 'memoryMb')}
        />
        <NumberInput
          label="Maximum vcores"
          description={limit('vcores', 'vcores') ?? 'While others do not need theirs'}
          {...amount('maximum', 'vcores')}
        />
        <NumberInput
          label="Maximum memory"
          description={limit('memoryMb', 'MiB') ?? 'While others do not need theirs'}
          {...amount('maximum', 'memoryMb')}
        />
      </SimpleGrid>
      {isLeaf ? (
        <SimpleGrid cols={2} spacing="sm">
          <Select
            label="Order of jobs"
            data={[
              { value: 'fifo', label: 'First come, first served' },
              { value: 'fair', label: 'Fair: who has least goes first' },
            ]}
            value={draft.policy}
            onChange={(policy) => onChange({ ...draft, policy: policy === 'fair' ? 'fair' : 'fifo' })}
          />
          <NumberInput
            label="Applications at most"
            value={draft.maxApplications}
            onChange={(value) => onChange({ ...draft, maxApplications: Number(value) })}
            error={errors.maxApplications}
            min={1}
            allowDecimal={false}
          />
        </SimpleGrid>
      ) : null}
    </>
  );
}
