import type { ConnectorDescription } from '../option/description.ts';

const FIELD = { kind: 'string', role: 'source', required: false } as const;

/** Options of the `datagen` connector, Flink's names, plus `seed`. */
export const DATAGEN: ConnectorDescription = {
  name: 'datagen',
  title: 'Generated rows',
  help: 'Makes rows by itself, the same ones after every restart. For trying queries and for load tests.',
  roles: ['source'],
  options: [
    {
      name: 'rows-per-second',
      kind: 'int',
      role: 'source',
      required: false,
      default: '10000',
      min: 1,
      max: 100_000_000,
      help: 'Rows per second over all subtasks together.',
    },
    {
      name: 'number-of-rows',
      kind: 'int',
      role: 'source',
      required: false,
      min: 1,
      help: 'Ends after so many rows; endless when absent.',
    },
    {
      name: 'seed',
      kind: 'int',
      role: 'source',
      required: false,
      default: '1',
      help: 'Another seed gives other random rows.',
    },
    {
      ...FIELD,
      name: 'fields.<field>.kind',
      kind: 'enum',
      values: ['random', 'sequence'],
      help: 'How the values of a column are made; random when absent.',
    },
    { ...FIELD, name: 'fields.<field>.min', kind: 'number', help: 'Least random value.' },
    { ...FIELD, name: 'fields.<field>.max', kind: 'number', help: 'Greatest random value.' },
    {
      ...FIELD,
      name: 'fields.<field>.max-past',
      kind: 'duration',
      help: 'How far random timestamps lie in the past at most.',
    },
    {
      ...FIELD,
      name: 'fields.<field>.length',
      kind: 'int',
      min: 1,
      max: 10_000,
      help: 'Length of random text; 100 when absent.',
    },
    { ...FIELD, name: 'fields.<field>.start', kind: 'int', help: 'First value of a sequence.' },
    { ...FIELD, name: 'fields.<field>.end', kind: 'int', help: 'Last value of a sequence; the source ends with it.' },
    { ...FIELD, name: 'fields.<field>.null-rate', kind: 'number', min: 0, max: 1, help: 'Share of NULLs.' },
  ],
};
