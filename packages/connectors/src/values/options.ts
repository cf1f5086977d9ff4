import type { ConnectorDescription } from '../option/description.ts';

/** Rows written in a script: VALUES, and the one row of a SELECT without FROM. The compiler makes such tables; nobody declares one. */
export const VALUES: ConnectorDescription = {
  name: 'values',
  title: 'Rows of the script',
  help: 'The rows of a VALUES clause.',
  roles: ['source'],
  options: [
    {
      name: 'columns',
      kind: 'string',
      role: 'source',
      required: true,
      help: 'The names of all columns, in order, as a JSON array.',
    },
    {
      name: 'rows',
      kind: 'string',
      role: 'source',
      required: true,
      help: 'The rows as a JSON array of arrays; values as literals of a plan have them.',
    },
  ],
};
