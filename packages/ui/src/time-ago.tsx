'use client';
import { Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { formatDuration, formatTime, timeZoneOf } from './format.ts';

/** One clock for all ages on the page: a tick a second, only while something shows an age. */
const listeners = new Set<() => void>();
let now = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const notify of listeners) notify();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Epoch ms that moves once a second; 0 while rendering on the server. */
export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => now,
    () => 0,
  );
}

/** "12 s ago", with the moment on hover. */
export function TimeAgo({ at }: { readonly at: string | number | null | undefined }) {
  // The text is what is watched, not the clock: a list of old things is not drawn anew every second.
  const text = useSyncExternalStore(
    subscribe,
    () => (at === null || at === undefined || now === 0 ? '' : ageOf(Math.max(0, now - new Date(at).getTime()))),
    () => '',
  );
  if (at === null || at === undefined) return <span>–</span>;
  return (
    <Tooltip label={`${formatTime(at)} ${timeZoneOf(new Date(at).getTime())}`}>
      <span suppressHydrationWarning style={{ whiteSpace: 'nowrap' }}>
        {text}
      </span>
    </Tooltip>
  );
}

/** Coarser than a duration: after a minute nobody counts the seconds. */
function ageOf(age: number): string {
  if (age < 1_500) return 'now';
  if (age < 60_000) return `${Math.floor(age / 1_000)} s ago`;
  if (age < 3_600_000) return `${Math.floor(age / 60_000)} min ago`;
  return `${formatDuration(Math.floor(age / 60_000) * 60_000)} ago`;
}
