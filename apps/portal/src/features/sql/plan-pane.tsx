'use client';
import { Alert, Group, ScrollArea, SegmentedControl, Stack } from '@mantine/core';
import type { PlanView } from '@millrace/protocol/api';
import { JobGraph } from '@millrace/ui';
import { type ReactNode, useState } from 'react';

const VIEWS = [
  { value: 'graph', label: 'Graph' },
  { value: 'text', label: 'Text' },
];

interface Props {
  readonly plan: PlanView;
  readonly height: number;
  /** Stands where there is no plan at all. */
  readonly empty?: ReactNode;
  readonly aside?: ReactNode;
}

/** What will run: as tasks and the exchanges between them, or every operator in words. */
export function PlanPane({ plan, height, empty = null, aside }: Props) {
  const [view, setView] = useState('graph');
  const { graph, text, reasons } = plan;
  if (text === null) return empty;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <SegmentedControl aria-label="Show the plan as" data={VIEWS} value={view} onChange={setView} />
        {aside}
      </Group>
      {reasons.length === 0 ? null : (
        <Alert color="yellow" title="The engine would refuse this">
          {reasons.map((reason) => (
            <div key={reason}>{reason}</div>
          ))}
        </Alert>
      )}
      {view === 'text' ? (
        <ScrollArea.Autosize mah={height} type="auto" viewportProps={{ tabIndex: 0, 'aria-label': 'Plan in words' }}>
          <pre
            className="mono"
            style={{ margin: 0, fontSize: 12, lineHeight: 1.5, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
          >
            {text}
          </pre>
        </ScrollArea.Autosize>
      ) : graph === null ? null : (
        <JobGraph {...graph} height={height} />
      )}
    </Stack>
  );
}
