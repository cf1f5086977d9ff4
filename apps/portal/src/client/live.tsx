'use client';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { jobKeys } from '../features/jobs/queries.ts';
import { overviewKey } from '../features/overview/queries.ts';
import { poolKeys } from '../features/queues/queries.ts';

interface Live {
  watch(topic: string): () => void;
}

const LiveContext = createContext<Live | undefined>(undefined);

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

  useEffect(() => {
    if (wanted === '') return;
    let source: EventSource | undefined;
    const open = () => {
      if (document.visibilityState === 'hidden') {
        source?.close();
        source = undefined;
      } else if (source === undefined) {
        source = new EventSource(`/api/v1/stream?topics=${encodeURIComponent(wanted)}`);
        for (const topic of wanted.split(','))
          source.addEventListener(topic, (event) => apply(topic, JSON.parse(String(event.data))));
      }
    };
    const apply = (topic: string, data: unknown) => {
      if (topic === 'overview') cache.setQueryData(overviewKey, data);
      else if (topic === 'queues') cache.setQueryData(poolKeys.all, data);
      else if (topic === 'jobs') void cache.invalidateQueries({ queryKey: jobKeys.lists });
      else cache.setQueryData(jobKeys.one(topic.slice('job:'.length)), data);
    };
    open();
    document.addEventListener('visibilitychange', open);
    return () => {
      document.removeEventListener('visibilitychange', open);
      source?.close();
    };
  }, [wanted, cache]);

  return <LiveContext value={useMemo(() => ({ watch }), [watch])}>{children}</LiveContext>;
}

/** Keeps a topic live while the component is on screen. */
export function useLive(topic: string): void {
  const live = useContext(LiveContext);
  useEffect(() => live?.watch(topic), [live, topic]);
}
