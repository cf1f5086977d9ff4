import { Anchor } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import Link from 'next/link';
import type { ReactNode } from 'react';

/** The page of what a notification speaks of. */
export interface About {
  readonly href: string;
  readonly label: string;
}

/** Every action ends in one of these two, with the way to its result. */
export function succeeded(message: string, about?: About): void {
  notifications.show({
    color: 'teal',
    message: withLink(message, about),
    autoClose: about === undefined ? 4_000 : 8_000,
  });
}

export function failed(action: string, error: unknown, about?: About): void {
  notifications.show({
    color: 'red',
    title: `${action} failed`,
    message: withLink(error instanceof Error ? error.message : String(error), about),
    autoClose: 12_000,
  });
}

function withLink(message: string, about: About | undefined): ReactNode {
  if (about === undefined) return message;
  return (
    <>
      {message}{' '}
      <Anchor component={Link} href={about.href} size="sm" underline="always">
        {about.label}
      </Anchor>
    </>
  );
}
