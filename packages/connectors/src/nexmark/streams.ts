/**
 * How the events of Nexmark are numbered: of every 50, the first is a person, the next three are auctions, the rest are bids
 * (Tucker, Tufte, Papadimos, Maier, "NEXMark"; proportions of Apache Beam's generator). Person n and auction n have the ids
 * FIRST_ID + n. Pure.
 */
export const NEXMARK_STREAMS = ['person', 'auction', 'bid'] as const;
export type NexmarkStream = (typeof NEXMARK_STREAMS)[number];

const ROUND = 50;
const SHARE: Readonly<Record<NexmarkStream, { readonly first: number; readonly count: number }>> = {
  person: { first: 0, count: 1 },
  auction: { first: 1, count: 3 },
  bid: { first: 4, count: 46 },
};

/** Which event is row `row` of a stream. */
export function eventOf(stream: NexmarkStream, row: number): number {
  const { first, count } = SHARE[stream];
  return Math.floor(row / count) * ROUND + first + (row % count);
}

/** How many rows of a stream the first `events` events hold. */
export function rowsWithin(stream: NexmarkStream, events: number): number {
  const { first, count } = SHARE[stream];
  const rest = (events % ROUND) - first;
  return Math.floor(events / ROUND) * count + Math.min(Math.max(rest, 0), count);
}

/** The newest person when event `event` happens, from 0. */
export function newestPerson(event: number): number {
  return Math.floor(event / ROUND);
}

/** The newest auction when event `event` happens, from 0. */
export function newestAuction(event: number): number {
  const round = Math.floor(event / ROUND);
  const within = Math.min((event % ROUND) - SHARE.auction.first, SHARE.auction.count - 1);
  return Math.max(round * SHARE.auction.count + within, 0);
}
