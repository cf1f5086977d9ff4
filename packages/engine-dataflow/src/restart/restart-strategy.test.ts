import type { StreamErrorData } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { decideRestart, HEALTHY_MS, NO_RESTARTS } from './restart-strategy.ts';

const settings = { attemptsMax: 2, delayMs: 50 };
const error: StreamErrorData = { code: 'a.b', message: 'm', domain: 'internal', retry: 'backoff' };

describe('decideRestart', () => {
  it('restarts until the budget is used up', () => {
    const first = decideRestart(settings, NO_RESTARTS, error, 0);
    expect(first).toMatchObject({ kind: 'restart', delayMs: 50 });
    const second = decideRestart(settings, first.kind === 'restart' ? first.history : NO_RESTARTS, error, 100);
    expect(second.kind).toBe('restart');
    const history = second.kind === 'restart' ? second.history : NO_RESTARTS;
    expect(decideRestart(settings, history, error, 200)).toEqual({
      kind: 'fail',
      reason: 'all 2 restarts are used up',
    });
    expect(decideRestart(settings, history, error, 100 + HEALTHY_MS)).toMatchObject({
      kind: 'restart',
      history: { attempts: 1 },
    });
  });

  it('does not repeat what would fail the same way', () => {
    expect(decideRestart(settings, NO_RESTARTS, { ...error, retry: 'never' }, 0).kind).toBe('fail');
  });

  it('a budget of 0 means none', () => {
    expect(decideRestart({ attemptsMax: 0, delayMs: 0 }, NO_RESTARTS, error, 0).kind).toBe('fail');
  });
});
