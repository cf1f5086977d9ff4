import type { ConnectorDescription } from '../option/description.ts';

/** Options of the `print` connector, Flink's name plus a limit. */
export const PRINT: ConnectorDescription = {
  name: 'print',
  title: 'Log of the task',
  help: 'Writes rows to the log of the task, at a limited rate.',
  roles: ['sink'],
  sinkChanges: 'any',
  options: [
    {
      name: 'print-identifier',
      kind: 'string',
      role: 'sink',
      required: false,
      help: 'Text before every row.',
    },
    {
      name: 'rows-per-second',
      kind: 'int',
      role: 'sink',
      required: false,
      default: '20',
      min: 1,
      max: 1_000,
      help: 'More rows than this are counted, not printed.',
    },
  ],
};
