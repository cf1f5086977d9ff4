'use client';
import { Anchor, Paper } from '@mantine/core';
import type { OperationName } from '@millrace/protocol/api';
import { Empty } from '@millrace/ui';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { useMay, useSession } from '../account/queries.ts';

interface Props {
  /** The operation the page ends in. */
  readonly operation: OperationName;
  readonly back: string;
  readonly children: ReactNode;
}

/** A page that ends in one operation, for whoever may call it; the others are told so before they fill anything in. */
export function IfAllowed({ operation, back, children }: Props) {
  const may = useMay();
  const role = useSession().data?.user.role;
  if (may(operation)) return children;
  return (
    <Paper>
      <Empty title={`Your role, ${role}, does not allow this`}>
        Ask an admin for another role, or go{' '}
        <Anchor component={Link} href={back} size="sm" underline="always">
          back
        </Anchor>
        .
      </Empty>
    </Paper>
  );
}
