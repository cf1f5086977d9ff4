import type { ConnectorDescription } from '../option/description.ts';

/** The `blackhole` connector has no options. */
export const BLACKHOLE: ConnectorDescription = {
  name: 'blackhole',
  title: 'Nowhere',
  help: 'Takes rows and drops them. For measuring what comes before.',
  roles: ['sink'],
  sinkChanges: 'any',
  options: [],
};
