import { expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';

it('a sleep ends after its time', async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(20, new AbortController().signal);
  expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(19);
});

it('an aborted sleep rejects with the reason it was aborted for', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(systemClock.sleep(1, controller.signal)).rejects.toBe(reason);
});
