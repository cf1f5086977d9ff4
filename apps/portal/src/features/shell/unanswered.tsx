'use client';
import { Alert } from '@mantine/core';
import { TimeAgo } from '@millrace/ui';
import { type QueryCache, useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { ApiError } from '../../client/api-client.ts';

/** Says how old the page is while the portal does not answer: figures that do not change must not look as if they were confirmed. */
export function Unanswered() {
  const cache = useQueryClient().getQueryCache();
  const since = useSyncExternalStore(
    (listener) => cache.subscribe(listener),
    () => unansweredSince(cache),
    () => 0,
  );
  if (since === 0) return null;
  return (
    <Alert color="yellow" mb="sm" title="The portal does not answer" role="status">
      What you see is from <TimeAgo at={since} />. It is asked again by itself; if this stays, see whether the portal
      runs.
    </Alert>
  );
}

/** Epoch ms of the oldest thing on screen that could not be asked for again; 0 while everything is answered. A refusal is an answer. */
function unansweredSince(cache: QueryCache): number {
  const times = cache
    .findAll({ type: 'active' })
    .filter(
      ({ state }) =>
        state.data !== undefined && state.fetchFailureReason !== null && !isAnswer(state.fetchFailureReason),
    )
    .map(({ state }) => state.dataUpdatedAt);
  return times.length === 0 ? 0 : Math.min(...times);
}

function isAnswer(reason: unknown): boolean {
  return reason instanceof ApiError && reason.status < 500;
}
