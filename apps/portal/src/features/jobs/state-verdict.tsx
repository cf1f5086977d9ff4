'use client';
import { Alert, List, Text } from '@mantine/core';
import type { StateComparison } from '@millrace/protocol/api';

const VERDICTS: Readonly<
  Record<StateComparison['verdict'], { readonly color: string; readonly title: string; readonly next: string }>
> = {
  compatible: { color: 'teal', title: 'The state fits', next: 'Every step finds what it remembered.' },
  partly: {
    color: 'yellow',
    title: 'The state fits in part',
    next: 'Nothing is lost; what is new begins with nothing.',
  },
  unknown: {
    color: 'yellow',
    title: 'Nobody can say whether the state fits',
    next: 'Start with an empty state when the positions are wrong.',
  },
  incompatible: {
    color: 'red',
    title: 'The state does not fit',
    next: 'The engine will refuse to go on from it. Keep these steps as they were, or start with an empty state.',
  },
};

/** Before anything is pressed: whether a version can go on from the newest checkpoint or savepoint, step by step. */
export function StateVerdict({
  comparison,
  version,
}: {
  readonly comparison: StateComparison;
  readonly version: string;
}) {
  const { from, verdict, reasons } = comparison;
  const { color, title, next } = VERDICTS[verdict];
  return (
    <Alert color={color} title={title}>
      <Text size="sm">
        {version} would go on from {from.kind} #{from.checkpoint} of version {from.version}. {next}
      </Text>
      {reasons.length === 0 ? null : (
        <List size="sm" mt={4}>
          {reasons.map((reason) => (
            <List.Item key={reason}>{reason}</List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
