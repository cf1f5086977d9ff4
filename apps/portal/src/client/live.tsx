'use client';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { sessionKey } from '../features/account/queries.ts';
import { jobKeys } from '../features/jobs/queries.ts';
import { overviewKey } from '../features/overview/queries.ts';
import { poolKeys } from '../features/queues/queries.ts';

interface Live {
  watch(topic: string): () => void;
}

const LiveContext = createContext<Live | undefined>(undefined);

/** Heartbeats come every 15 s: a stream that is silent for longer than two of them is dead, whatever the browser believes (a laptop that slept). */
const SILENCE_MS = 40_000;
/** After a refusal (too many streams, no session) the stream is asked for again; until then the pages poll. */
const REFUSED_MS = 15_000;
const WATCH_MS = 5_000;

/**
 * One EventSource per tab for everything on screen; a hidden tab closes it. Each event is the current state of
 * its topic and goes straight into the query cache, so a lost connection needs no replay.
 */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const cache = useQueryClient();
  const [topics, setTopics] = useState<ReadonlyMap<string, number>>(new Map());
  const watch = useCallback((topic: string) => {
    const change = (by: number) =>
      setTopics((before) => {
        const after = new Map(before);
        const count = (after.get(topic) ?? 0) + by;
        if (count > 0) after.set(topic, count);
        else after.delete(topic);
        return after;
      });
    change(1);
    return () => change(-1);
  }, []);
  const wanted = [...topics.keys()].sort().join(',');
  useEffect(() => (wanted === '' ? undefined : follow(wanted, cache)), [wanted, cache]);
  return <LiveContext value={useMemo(() => ({ watch }), [watch])}>{children}</LiveContext>;
}

/** Keeps one stream open while the page is on screen; the returned function closes it. */
function follow(wanted: string, cache: QueryClient): () => void {
  let source: EventSource | undefined;
  let heardAt = 0;
  let refusedAt = Number.NEGATIVE_INFINITY;
  const close = () => {
    source?.close();
    source = undefined;
  };
  const hear = () => {
    heardAt = performance.now();
  };
  const open = () => {
    hear();
    source = new EventSource(`/api/v1/stream?topics=${encodeURIComponent(wanted)}`);
    source.addEventListener('heartbeat', hear);
    source.addEventListener('session-ended', () => {
      close();
      refusedAt = performance.now();
      void cache.invalidateQueries({ queryKey: sessionKey });
    });
    source.addEventListener('error', () => {
      // The browser comes back by itself from a lost connection, not from an answer that refuses.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      refusedAt = performance.now();
      void cache.invalidateQueries({ queryKey: sessionKey });
    });
    for (const topic of wanted.split(','))
      source.addEventListener(topic, (event) => {
        hear();
        apply(cache, topic, JSON.parse(String(event.data)));
      });
  };
  const check = () => {
    if (document.visibilityState === 'hidden') return close();
    const now = performance.now();
    if (source !== undefined && now - heardAt > SILENCE_MS) close();
    if (source === undefined && now - refusedAt > REFUSED_MS) open();
  };
  check();
  const timer = setInterval(check, WATCH_MS);
  document.addEventListener('visibilitychange', check);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', check);
    close();
  };
}

function apply(cache: QueryClient, topic: string, data: unknown): void {
  if (topic === 'overview') cache.setQueryData(overviewKey, data);
  else if (topic === 'queues') cache.setQueryData(poolKeys.all, data);
  else if (topic === 'jobs') void cache.invalidateQueries({ queryKey: jobKeys.lists });
  else {
    const key = jobKeys.one(topic.slice('job:'.length));
    // A job that was deleted: asking again says so.
    if (data === null) void cache.resetQueries({ queryKey: key, exact: true });
    else cache.setQueryData(key, data);
  }
}

/** Keeps a topic live while the component is on screen. */
export function useLive(topic: string): void {
  const live = useContext(LiveContext);
  useEffect(() => live?.watch(topic), [live, topic]);
}
