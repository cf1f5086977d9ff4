import type { Value } from '@millrace/batch';
import type { PositionRandom } from '../random.ts';
import { eventOf, type NexmarkStream, newestAuction, newestPerson } from './streams.ts';

/** Ids of persons and auctions start here, as in Beam's generator. */
const FIRST_ID = 1_000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
/** One in so many persons and auctions is hot; a hot one stays hot for this many of its kind. */
const HOT_SPAN = 100;
/** A bid is for one of so many newest auctions, by one of so many newest persons, when it is for no hot one. */
const AUCTIONS_OPEN = 100;
const PERSONS_ACTIVE = 1_000;

const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'] as const;
const CITIES = [
  'Phoenix',
  'Los Angeles',
  'San Francisco',
  'Boise',
  'Portland',
  'Bend',
  'Redmond',
  'Seattle',
  'Kent',
  'Cheyenne',
] as const;
const FIRST_NAMES = [
  'Peter',
  'Paul',
  'Luke',
  'John',
  'Saul',
  'Vicky',
  'Kate',
  'Julie',
  'Sarah',
  'Deiter',
  'Walter',
] as const;
const LAST_NAMES = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris'] as const;
const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'] as const;

export interface NexmarkShape {
  readonly stream: NexmarkStream;
  readonly eventsPerSecond: number;
  readonly firstEventTime: number;
}

/** Row `row` of a stream by column name; `random` is where the stream of the row's event begins. Always the same row. */
export function nexmarkRow(shape: NexmarkShape, row: number, random: PositionRandom): Readonly<Record<string, Value>> {
  const event = eventOf(shape.stream, row);
  const dateTime = shape.firstEventTime + Math.floor((event * 1_000) / shape.eventsPerSecond);
  random.at(event);
  switch (shape.stream) {
    case 'person':
      return { id: BigInt(FIRST_ID + newestPerson(event)), ...person(random), dateTime };
    case 'auction':
      return { id: BigInt(FIRST_ID + newestAuction(event)), ...auction(event, dateTime, random), dateTime };
    case 'bid':
      return { ...bid(event, random), dateTime };
  }
}

function person(random: PositionRandom) {
  const name = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  const card = Array.from({ length: 4 }, () => String(random.integer(0, 10_000)).padStart(4, '0')).join(' ');
  return {
    name,
    emailAddress: `${text(random, 7)}@${text(random, 5)}.com`,
    creditCard: card,
    city: random.pick(CITIES),
    state: random.pick(STATES),
    extra: text(random, random.integer(20, 80)),
  };
}

function auction(event: number, dateTime: number, random: PositionRandom) {
  const initialBid = price(random);
  const isHot = random.integer(0, 4) > 0;
  const newest = newestPerson(event);
  const seller = isHot
    ? newest - (newest % HOT_SPAN)
    : newest - random.integer(0, Math.min(newest + 1, PERSONS_ACTIVE));
  return {
    itemName: text(random, 20),
    description: text(random, random.integer(50, 100)),
    initialBid,
    reserve: initialBid + price(random),
    expires: dateTime + 1 + random.integer(0, 20_000),
    seller: BigInt(FIRST_ID + seller),
    category: BigInt(FIRST_CATEGORY + random.integer(0, CATEGORIES)),
    extra: text(random, random.integer(20, 80)),
  };
}

function bid(event: number, random: PositionRandom) {
  const newest = newestAuction(event);
  const isHotAuction = random.integer(0, 2) > 0;
  const onAuction = isHotAuction
    ? newest - (newest % HOT_SPAN)
    : newest - random.integer(0, Math.min(newest + 1, AUCTIONS_OPEN));
  const newestBidder = newestPerson(event);
  const isHotBidder = random.integer(0, 4) > 0;
  const bidder = isHotBidder
    ? newestBidder - (newestBidder % HOT_SPAN)
    : newestBidder - random.integer(0, Math.min(newestBidder + 1, PERSONS_ACTIVE));
  const isHotChannel = random.integer(0, 2) > 0;
  const channel = isHotChannel ? random.pick(HOT_CHANNELS) : `channel-${random.integer(0, 10_000)}`;
  const path = `${text(random, 5)}/${text(random, 5)}/${text(random, 5)}`;
  const query = isHotChannel ? '' : `&channel_id=${random.integer(0, 1_000_000)}`;
  return {
    auction: BigInt(FIRST_ID + onAuction),
    bidder: BigInt(FIRST_ID + bidder),
    price: price(random),
    channel,
    url: `https://www.nexmark.com/${path}/item.htm?query=1${query}`,
    extra: text(random, random.integer(20, 60)),
  };
}

/** From 1 to 100 million cents, small ones as often as large ones. */
function price(random: PositionRandom): bigint {
  return BigInt(Math.round(10 ** (random.unit() * 6) * 100));
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz_';

function text(random: PositionRandom, length: number): string {
  let made = '';
  for (let at = 0; at < length; at += 6) {
    let bits = random.bits();
    for (let letter = 0; letter < 6 && at + letter < length; letter++) {
      made += LETTERS[bits % LETTERS.length];
      bits = Math.floor(bits / LETTERS.length);
    }
  }
  return made;
}
