import { formatDecimal } from '@millrace/batch';
import { timestampText } from '../formats/time-text.ts';
import { PositionRandom } from '../random.ts';

export interface DemoShape {
  readonly dataset: string;
  readonly rowsPerSecond: number;
  readonly outOfOrderMs: number;
  readonly lateRatio: number;
  readonly malformedRatio: number;
  readonly seed: number;
}

interface DemoEvent {
  readonly key: string;
  readonly value: string;
}

/** Event `sequence` of a dataset; `dueAt` is when it is sent, epoch ms. Everything but the times depends on the number alone. */
export type DemoEvents = (sequence: number, dueAt: number) => DemoEvent;

interface City {
  readonly name: string;
  readonly lat: number;
  readonly lng: number;
  readonly shops: number;
}

const CITIES: readonly [City, ...City[]] = [
  { name: 'Shanghai', lat: 31.2304, lng: 121.4737, shops: 900 },
  { name: 'Beijing', lat: 39.9042, lng: 116.4074, shops: 800 },
  { name: 'Hangzhou', lat: 30.2741, lng: 120.1551, shops: 500 },
  { name: 'Shenzhen', lat: 22.5431, lng: 114.0579, shops: 500 },
  { name: 'Chengdu', lat: 30.5728, lng: 104.0668, shops: 400 },
  { name: 'Wuhan', lat: 30.5928, lng: 114.3055, shops: 300 },
  { name: "Xi'an", lat: 34.3416, lng: 108.9398, shops: 250 },
  { name: 'Nanjing', lat: 32.0603, lng: 118.7969, shops: 200 },
];
const SHOPS = CITIES.reduce((sum, { shops }) => sum + shops, 0);
const STATUSES: readonly [string, ...string[]] = [
  'created',
  'created',
  'created',
  'accepted',
  'delivered',
  'delivered',
  'canceled',
];
const METHODS: readonly [string, ...string[]] = ['alipay', 'wechat', 'card', 'balance'];
const OUTCOMES: readonly [string, ...string[]] = ['paid', 'paid', 'paid', 'paid', 'refunded', 'failed'];
const USERS = 50_000;
const RIDERS = 400;
const LATE_MS = 5 * 60_000;
const PAYMENT_DELAY_MS = 20_000;

export function demoEvents(shape: DemoShape): DemoEvents {
  const random = new PositionRandom(shape.seed);
  const noise = new PositionRandom(shape.seed ^ 0x5f356495);
  const make = shape.dataset === 'orders' ? order : shape.dataset === 'payments' ? payment : riderPosition;
  return (sequence, dueAt) => {
    const eventTime = happenedAt(noise.at(sequence), shape, dueAt);
    const event = make(random, sequence, eventTime);
    return noise.unit() < shape.malformedRatio ? { ...event, value: broken(event.value, noise) } : event;
  };
}

/** Most events happened just before they are sent, a few long ago. */
function happenedAt(noise: PositionRandom, { outOfOrderMs, lateRatio }: DemoShape, dueAt: number): number {
  const delay = noise.unit() * noise.unit() * outOfOrderMs;
  const late = noise.unit() < lateRatio ? LATE_MS * (1 + noise.unit()) : 0;
  return Math.floor(dueAt - delay - late);
}

interface Order {
  readonly id: bigint;
  readonly city: City;
  readonly shop: number;
  readonly user: number;
  readonly rider: number;
  readonly cents: number;
  readonly status: string;
}

/**
 * Order number n, the same for every dataset that speaks of it. Ids look like Snowflake's: 41 bits that grow, 22 bits of
 * machine and sequence; they are beyond 2^53, where a JSON parser that uses doubles goes wrong.
 */
function orderOf(random: PositionRandom, n: number): Order {
  random.at(n);
  const id = (BigInt(1_795_478_400_000 - 1_288_834_974_657 + n * 7) << 22n) | BigInt((n * 2_654_435_761) % 4_194_304);
  let shop = random.integer(0, SHOPS);
  const shopId = 10_000 + shop;
  let city = CITIES[0];
  for (const each of CITIES) {
    city = each;
    if (shop < each.shops) break;
    shop -= each.shops;
  }
  // A few large orders, many small ones.
  const cents = 1_200 + Math.floor(random.unit() ** 3 * 28_000) + random.integer(0, 100);
  return {
    id,
    city,
    shop: shopId,
    user: 1_000_000 + random.integer(0, USERS),
    rider: riderIn(city, random),
    cents,
    status: random.pick(STATUSES),
  };
}

function riderIn(city: City, random: PositionRandom): number {
  return 5_000 + CITIES.indexOf(city) * 1_000 + random.integer(0, RIDERS);
}

function order(random: PositionRandom, sequence: number, eventTime: number): DemoEvent {
  const { id, city, shop, user, rider, cents, status } = orderOf(random, sequence);
  const value = `{"order_id":${id},"user_id":${user},"shop_id":${shop},"rider_id":${rider},"city":${JSON.stringify(city.name)},"amount":${formatDecimal(BigInt(cents), 2)},"status":"${status}","ts":"${timestampText(eventTime)}"}`;
  return { key: String(id), value };
}

function payment(random: PositionRandom, sequence: number, eventTime: number): DemoEvent {
  const { id, user, cents } = orderOf(random, sequence);
  const method = random.pick(METHODS);
  const status = random.pick(OUTCOMES);
  const paidAt = eventTime + Math.floor(random.unit() * PAYMENT_DELAY_MS) - PAYMENT_DELAY_MS;
  const value = `{"payment_id":${900_000_000_000 + sequence},"order_id":${id},"user_id":${user},"amount":${formatDecimal(BigInt(cents), 2)},"method":"${method}","status":"${status}","ts":"${timestampText(paidAt)}"}`;
  return { key: String(id), value };
}

/** Riders circle around a centre of their own, a few hundred metres a minute. */
function riderPosition(random: PositionRandom, sequence: number, eventTime: number): DemoEvent {
  random.at(sequence);
  const city = random.pick(CITIES);
  const rider = riderIn(city, random);
  const home = random.at(rider);
  const radius = 0.005 + home.unit() * 0.02;
  const angle = home.unit() * 2 * Math.PI + (eventTime / 60_000) * (0.1 + home.unit() * 0.2);
  const lat = city.lat + (home.unit() - 0.5) * 0.2 + Math.sin(angle) * radius;
  const lng = city.lng + (home.unit() - 0.5) * 0.2 + Math.cos(angle) * radius;
  const speed = 3 + home.unit() * 5;
  const value = `{"rider_id":${rider},"city":${JSON.stringify(city.name)},"lat":${lat.toFixed(6)},"lng":${lng.toFixed(6)},"speed":${speed.toFixed(1)},"ts":"${timestampText(eventTime)}"}`;
  return { key: String(rider), value };
}

/** What goes wrong in practice: a record cut off, a word where a number belongs, a timestamp nobody can read. */
function broken(value: string, noise: PositionRandom): string {
  switch (noise.integer(0, 3)) {
    case 0:
      return value.slice(0, Math.floor(value.length * 0.6));
    case 1:
      return value.replace(/"(order_id|rider_id)":\d+/, '"$1":"unknown"');
    default:
      return value.replace(/"ts":"[^"]*"/, '"ts":"yesterday"');
  }
}
