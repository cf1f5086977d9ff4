import { describe, expect, it } from 'vitest';
import { RejectionAccount } from './rejection-account.ts';

const BUDGET = { maxRate: 0.1, intervalMs: 60_000 };

describe('a budget for rejected records', () => {
  it('is spent when more than its share of an interval was rejected, and says what to change', () => {
    const account = new RejectionAccount('orders', BUDGET);
    account.countRead(2_000, 0);
    account.countRejected(200, 'a');
    account.countRead(1, 10);
    expect(() => account.countRejected(1, 'field amount: expected INT')).toThrow(
      'orders: 201 of 2001 records within 60 s had to be put aside, more than 10 %; the last: field amount: expected INT. ' +
        "Correct the table definition or whoever writes the records, or raise 'dead-letter.max-rate' of the table (1 puts everything aside).",
    );
  });

  it('forgets with the interval', () => {
    const account = new RejectionAccount('orders', BUDGET);
    for (let minute = 0; minute < 50; minute++) {
      account.countRead(500, minute * 60_000);
      account.countRejected(90, 'a');
    }
  });

  it('lets a hundred pass whatever their share', () => {
    const account = new RejectionAccount('orders', { maxRate: 0, intervalMs: 60_000 });
    account.countRead(100, 0);
    account.countRejected(100, 'a');
    account.countRead(1, 1);
    expect(() => account.countRejected(1, 'a')).toThrow(/source|orders: 101 of 101/);
  });

  it('of 1, or none at all, puts everything aside', () => {
    for (const budget of [{ ...BUDGET, maxRate: 1 }, undefined]) {
      const account = new RejectionAccount('orders', budget);
      account.countRead(10_000, 0);
      account.countRejected(10_000, 'a');
    }
  });
});
