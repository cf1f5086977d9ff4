import { expect, test } from 'vitest';
import { drain, readerContext } from '../testing/contexts.ts';
import { nexmark } from './connector.ts';
import { eventOf, NEXMARK_STREAMS, rowsWithin } from './streams.ts';

test('the three streams together are every event once, whatever the number of events', () => {
  for (const events of [0, 1, 3, 4, 49, 50, 51, 54, 1_000, 1_023]) {
    const found = NEXMARK_STREAMS.flatMap((stream) =>
      Array.from({ length: rowsWithin(stream, events) }, (_, row) => eventOf(stream, row)),
    );
    expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: events }, (_, event) => event));
  }
});

async function read(stream: string, fields: readonly [string, 'bigint' | 'string' | 'timestamp'][]) {
  const schema = {
    fields: fields.map(([name, kind]) => ({
      name,
      type: kind === 'timestamp' ? { kind, precision: 3, nullable: false } : { kind, nullable: false },
    })),
  };
  const source = nexmark.createSource?.({ stream, 'number-of-events': '5000', 'rows-per-second': '10000000' }, schema);
  if (source === undefined) throw new Error('nexmark has a source');
  const reader = source.createReader(readerContext());
  reader.addSplits(await source.discover(AbortSignal.timeout(5_000)));
  const rows = [];
  while (reader.snapshot().length > 0) {
    rows.push(
      ...(await drain(reader, ({ rows: drained }) => drained.length > 0 || reader.snapshot().length === 0, 1_000)).rows,
    );
  }
  return rows;
}

test('bids are for auctions and by persons that exist already', async () => {
  const persons = await read('person', [
    ['id', 'bigint'],
    ['dateTime', 'timestamp'],
  ]);
  const auctions = await read('auction', [
    ['id', 'bigint'],
    ['seller', 'bigint'],
    ['dateTime', 'timestamp'],
  ]);
  const bids = await read('bid', [
    ['auction', 'bigint'],
    ['bidder', 'bigint'],
    ['price', 'bigint'],
    ['dateTime', 'timestamp'],
  ]);
  expect([persons.length, auctions.length, bids.length]).toEqual([100, 300, 4_600]);
  const personAt = new Map(persons.map(([id, at]) => [id, Number(at)]));
  const auctionAt = new Map(auctions.map(([id, , at]) => [id, Number(at)]));
  expect(personAt.size).toBe(100);
  expect(auctionAt.size).toBe(300);
  for (const [, seller, at] of auctions) expect(personAt.get(seller ?? null)).toBeLessThanOrEqual(Number(at));
  for (const [auction, bidder, price, at] of bids) {
    expect(auctionAt.get(auction ?? null)).toBeLessThanOrEqual(Number(at));
    expect(personAt.get(bidder ?? null)).toBeLessThanOrEqual(Number(at));
    expect(Number(price)).toBeGreaterThan(0);
  }
});

test('its times have milliseconds', () => {
  const schema = {
    fields: [{ name: 'dateTime', type: { kind: 'timestamp', precision: 6, nullable: false } as const }],
  };
  expect(() => nexmark.createSource?.({ stream: 'bid' }, schema)).toThrow(
    "column 'dateTime' of Nexmark is TIMESTAMP(3)",
  );
});

test('a column Nexmark does not have is refused with those it has', () => {
  const schema = { fields: [{ name: 'prize', type: { kind: 'bigint', nullable: false } as const }] };
  expect(() => nexmark.createSource?.({ stream: 'bid' }, schema)).toThrow(/auction, bidder, price.*not 'prize'/);
});
