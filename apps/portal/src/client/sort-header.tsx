'use client';
import { Table, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useUrlState } from './url-state.ts';

interface Props {
  readonly label: string;
  /** The key the server sorts by; absent: it does not sort by this column. */
  readonly by?: string | undefined;
  /** The key it sorts by when the URL names none. */
  readonly usual: string;
  readonly right?: boolean | undefined;
  readonly width?: number | string;
}

/** A column's head that sorts the list on the server and says so to a screen reader; the order lives in the URL. */
export function SortHeader({ label, by, usual, right = false, width }: Props) {
  const url = useUrlState();
  const sorted = by !== undefined && by === (url.get('sort') ?? usual);
  const descending = url.get('direction') === 'descending';
  const direction = descending ? 'descending' : 'ascending';
  return (
    <Table.Th
      ta={right ? 'right' : 'left'}
      {...(width === undefined ? {} : { w: width })}
      {...(sorted ? { 'aria-sort': direction } : {})}
    >
      {by === undefined ? (
        label
      ) : (
        <UnstyledButton
          fz="sm"
          fw={700}
          onClick={() => url.set({ sort: by, direction: sorted && !descending ? 'descending' : 'ascending' })}
        >
          {label} {sorted ? descending ? <IconChevronDown size={11} /> : <IconChevronUp size={11} /> : null}
        </UnstyledButton>
      )}
    </Table.Th>
  );
}
