'use client';
import { Group, Paper, ScrollArea, SegmentedControl, Select, Switch, Text, TextInput } from '@mantine/core';
import type { LogSlice } from '@millrace/protocol';
import { Empty, Failed, formatBytes, formatWhole, Loading } from '@millrace/ui';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { call } from '../../client/api-client.ts';
import { useUrlState } from '../../client/url-state.ts';
import { useContainers } from './queries.ts';

/** The end of one container's log, followed live. Lines are text, never markup. */
export function LogsTab({ jobId }: { readonly jobId: string }) {
  const { data: containers, error } = useContainers(jobId);
  const url = useUrlState();
  const stream = url.get('stream') === 'stderr' ? 'stderr' : 'stdout';
  const level = LEVELS.find((name) => name === url.get('level'));
  const [find, setFind] = useState('');
  const [follow, setFollow] = useState(true);
  if (containers === undefined) return error === null ? <Loading what="logs" /> : <Failed what="logs" error={error} />;
  const asked = url.get('container');
  const id = containers.find((container) => container.id === asked)?.id ?? containers[0]?.id;
  if (id === undefined) {
    return (
      <Paper>
        <Empty title="No log yet">Logs are written by containers; the job has none.</Empty>
      </Paper>
    );
  }
  return (
    <Paper p="xs">
      <Group gap="xs" mb="xs">
        <Select
          aria-label="Container"
          w={320}
          value={id}
          onChange={(container) => url.set({ container: container ?? undefined })}
          data={containers.map((container) => ({
            value: container.id,
            label: `${container.role} ${container.id.slice(0, 8)} · attempt ${container.attempt} · ${container.status}`,
          }))}
        />
        <SegmentedControl
          aria-label="Stream"
          data={['stdout', 'stderr']}
          value={stream}
          onChange={(value) => url.set({ stream: value === 'stdout' ? undefined : value })}
        />
        <Select
          aria-label="Level"
          placeholder="Any level"
          clearable
          w={130}
          data={LEVELS.map((name) => ({ value: name, label: `${name} and worse` }))}
          value={level ?? null}
          onChange={(value) => url.set({ level: value ?? undefined })}
        />
        <TextInput
          aria-label="Find in the log"
          placeholder="Find"
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        <Switch
          size="xs"
          label="Follow"
          checked={follow}
          onChange={(event) => setFollow(event.currentTarget.checked)}
        />
      </Group>
      <Lines
        container={id}
        stream={stream}
        fits={(line) =>
          line.toLowerCase().includes(find.toLowerCase()) && (level === undefined || isAtLeast(line, level))
        }
        isFiltered={find !== '' || level !== undefined}
        follow={follow}
        onLeaveEnd={() => setFollow(false)}
      />
    </Paper>
  );
}

/** How much of the end is read each time: about a thousand lines. */
const LOG_BYTES = 131_072;
/** Nearer to the end than this is at the end. */
const END_PX = 60;

function Lines({
  container,
  stream,
  fits,
  isFiltered,
  follow,
  onLeaveEnd,
}: {
  readonly container: string;
  readonly stream: string;
  readonly fits: (line: string) => boolean;
  readonly isFiltered: boolean;
  readonly follow: boolean;
  /** Whoever scrolls up reads: the end must not pull them back. */
  readonly onLeaveEnd: () => void;
}) {
  const { data, error, refetch } = useQuery({
    queryKey: ['log', container, stream],
    queryFn: ({ signal }) =>
      call<LogSlice>(
        'GET',
        `/containers/${container}/logs?stream=${stream}&offset=-${LOG_BYTES}&limit=${LOG_BYTES}`,
        undefined,
        signal,
      ),
    refetchInterval: follow ? 2_000 : false,
    retry: false,
  });
  const viewport = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (follow && data !== undefined) viewport.current?.scrollTo({ top: viewport.current.scrollHeight });
  }, [data, follow]);
  if (error !== null) return <Failed what="the log" error={error} onRetry={refetch} />;
  if (data === undefined) return <Loading what="the log" />;
  // What begins in the middle of the log begins in the middle of a line.
  const whole = data.sizeBytes > LOG_BYTES ? data.text.slice(data.text.indexOf('\n') + 1) : data.text;
  const lines = whole.split('\n').filter((line) => line !== '' && fits(line));
  return (
    <>
      <ScrollArea
        h={440}
        viewportRef={viewport}
        type="auto"
        viewportProps={{ tabIndex: 0, 'aria-label': 'Log lines', role: 'log', 'aria-live': 'off' }}
        onScrollPositionChange={({ y }) => {
          const box = viewport.current;
          if (follow && box !== null && y + box.clientHeight < box.scrollHeight - END_PX) onLeaveEnd();
        }}
      >
        {lines.length === 0 ? (
          <Empty title={isFiltered ? 'No line fits' : 'The log is empty'} />
        ) : (
          <pre
            className="mono"
            style={{ margin: 0, fontSize: 12, lineHeight: 1.5, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
          >
            {lines.map(readable).join('\n')}
          </pre>
        )}
      </ScrollArea>
      <Text size="xs" c="dimmed" mt={4}>
        {formatWhole(lines.length)} {lines.length === 1 ? 'line' : 'lines'} of the last {formatBytes(data.text.length)};{' '}
        {formatBytes(data.sizeBytes)} in all
      </Text>
    </>
  );
}

/** From worst to least. A line without a level, as of a stack, is kept with every level. */
const LEVELS = ['error', 'warn', 'info', 'debug'] as const;

function isAtLeast(line: string, least: (typeof LEVELS)[number]): boolean {
  const word = /^\{.*?"level":"(\w+)"/.exec(line)?.[1];
  const level = word === 'fatal' ? 'error' : LEVELS.find((name) => name === word);
  return level === undefined || LEVELS.indexOf(level) <= LEVELS.indexOf(least);
}

/** A JSON line as `12:00:01.123 INFO  message field=value`; anything else as it is. */
function readable(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { level, time, msg, pid: _, hostname: __, ...fields }: Record<string, unknown> = JSON.parse(line);
    const moment =
      typeof time === 'number'
        ? new Date(time).toISOString().slice(11, 23)
        : typeof time === 'string'
          ? time.slice(11, 23)
          : '';
    const rest = Object.entries(fields).map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return [
      moment,
      String(level ?? '')
        .toUpperCase()
        .padEnd(5),
      String(msg ?? ''),
      ...rest,
    ].join(' ');
  } catch {
    return line;
  }
}
