import type { ConnectorDescription } from '../option/description.ts';

/** Options of the `nexmark` connector: one of the three streams of the Nexmark benchmark. */
export const NEXMARK: ConnectorDescription = {
  name: 'nexmark',
  title: 'Nexmark auctions',
  help: 'The streams of the Nexmark benchmark: persons, auctions and bids of an online auction house. Columns by their name there.',
  roles: ['source'],
  options: [
    {
      name: 'stream',
      kind: 'enum',
      role: 'source',
      required: true,
      values: ['person', 'auction', 'bid'],
      help: 'Which events: of 50, 1 is a person, 3 are auctions and 46 are bids.',
    },
    {
      name: 'rows-per-second',
      kind: 'int',
      role: 'source',
      required: false,
      default: '1000',
      min: 1,
      max: 10_000_000,
      help: 'Rows of this stream per second.',
    },
    {
      name: 'number-of-events',
      kind: 'int',
      role: 'source',
      required: false,
      min: 50,
      help: 'All three streams together end after so many events; without it they never end.',
    },
    {
      name: 'events-per-second',
      kind: 'int',
      role: 'source',
      required: false,
      default: '10000',
      min: 1,
      max: 10_000_000,
      help: 'How close together the event times are, of all three streams together.',
    },
    {
      name: 'first-event-time',
      kind: 'string',
      role: 'source',
      required: false,
      default: '2026-01-01 00:00:00',
      help: 'Event time of the first event, UTC.',
    },
    {
      name: 'seed',
      kind: 'int',
      role: 'source',
      required: false,
      default: '1',
      help: 'Another seed gives other events.',
    },
  ],
};
