import { notifications } from '@mantine/notifications';

/** Every action ends in one of these. */
export function succeeded(message: string): void {
  notifications.show({ color: 'teal', message });
}

export function failed(action: string, error: unknown): void {
  notifications.show({
    color: 'red',
    title: `${action} failed`,
    message: error instanceof Error ? error.message : String(error),
    autoClose: 10_000,
  });
}
