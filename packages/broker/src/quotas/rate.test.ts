import { describe, expect, it } from 'vitest';
import { entityKey, findQuota, type QuotaEntity } from './quota-entity.ts';
import { burstOf, Rate } from './rate.ts';

const KAFKA = { windows: 11, windowMs: 1000 };

describe('a rate', () => {
  it('lets a rested client spend ten seconds at once, and makes it rest for what is more', () => {
    const rate = new Rate(KAFKA);
    rate.record(1000, 5000);
    expect(rate.perSecond(5000)).toBe(100);
    expect(rate.excessMs(100, 5000)).toBe(0);
    rate.record(500, 5000);
    // 150 a second where 100 are allowed: five seconds' worth too much.
    expect(rate.excessMs(100, 5000)).toBe(5000);
    expect(burstOf(100, KAFKA)).toBe(1000);
  });

  it('forgets what is older than its windows, and nothing else', () => {
    const rate = new Rate(KAFKA);
    rate.record(10, 0);
    rate.record(20, 1500);
    expect(rate.total(10_999)).toBe(30);
    expect(rate.total(11_000)).toBe(20);
    expect(rate.total(12_499)).toBe(20);
    expect(rate.total(12_500)).toBe(0);
    expect(rate.perSecond(20_000)).toBe(0);
  });

  it('holds a client that rests as it is told to the limit, over any time', () => {
    const rate = new Rate(KAFKA);
    let nowMs = 0;
    let spent = 0;
    while (nowMs < 600_000) {
      rate.record(700, nowMs);
      spent += 700;
      nowMs += 10 + rate.excessMs(1000, nowMs);
    }
    expect(spent / (nowMs / 1000)).toBeGreaterThan(950);
    expect(spent / (nowMs / 1000)).toBeLessThan(1050);
  });
});

describe('the limit of a client', () => {
  const levels: readonly QuotaEntity[] = [
    { user: 'alice', clientId: 'app' },
    { user: 'alice', clientId: null },
    { user: 'alice' },
    { user: null, clientId: 'app' },
    { user: null, clientId: null },
    { user: null },
    { clientId: 'app' },
    { clientId: null },
  ];
  /** Limits 1 to 8, in Kafka's order, from a level on. */
  const from = (level: number) => (entity: QuotaEntity) => {
    const index = levels.findIndex((other) => entityKey(other) === entityKey(entity));
    return index >= level ? { producer_byte_rate: index + 1 } : undefined;
  };

  it('is that of the most specific entity', () => {
    for (const level of levels.keys()) {
      expect(findQuota('alice', 'app', 'producer_byte_rate', from(level))?.limit).toBe(level + 1);
    }
    expect(findQuota('alice', 'app', 'producer_byte_rate', from(8))).toBeUndefined();
    expect(findQuota('alice', 'app', 'consumer_byte_rate', from(0))).toBeUndefined();
    expect(findQuota('bob', 'tool', 'producer_byte_rate', from(0))?.limit).toBe(5);
  });

  it('is shared by the clients of a user, or the users of a client, and by nobody else', () => {
    const shared = (user: string, clientId: string, level: number) =>
      findQuota(user, clientId, 'producer_byte_rate', (entity) =>
        entityKey(entity) === entityKey(levels[level] ?? {}) ? { producer_byte_rate: 1 } : undefined,
      )?.sharedBy;
    expect(shared('alice', 'app', 2)).toBe(shared('alice', 'tool', 2));
    expect(shared('alice', 'app', 5)).toBe(shared('alice', 'tool', 5));
    expect(shared('alice', 'app', 5)).not.toBe(shared('bob', 'app', 5));
    expect(shared('alice', 'app', 6)).toBe(shared('bob', 'app', 6));
    expect(shared('alice', 'app', 7)).not.toBe(shared('alice', 'tool', 7));
    expect(shared('alice', 'app', 4)).not.toBe(shared('alice', 'tool', 4));
  });
});
