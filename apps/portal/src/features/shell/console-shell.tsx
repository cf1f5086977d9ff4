'use client';
import {
  ActionIcon,
  Alert,
  Anchor,
  AppShell,
  Burger,
  Center,
  Group,
  Menu,
  NavLink,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Failed, Loading } from '@millrace/ui';
import {
  IconActivity,
  IconGauge,
  IconLogout,
  IconMoon,
  IconServer,
  IconSettings,
  IconStack2,
  IconSun,
  IconTopologyBus,
  IconUser,
} from '@tabler/icons-react';
import Link from 'next/link';
import { usePathname, useRouter } from 'next/navigation';
import { type ReactNode, useEffect } from 'react';
import { ApiError } from '../../client/api-client.ts';
import { LiveProvider } from '../../client/live.tsx';
import { useDoSignOut, useSession } from '../account/queries.ts';
import { Unanswered } from './unanswered.tsx';

const PAGES = [
  { href: '/overview', label: 'Overview', icon: IconGauge },
  { href: '/jobs', label: 'Jobs', icon: IconActivity },
  { href: '/pools', label: 'Pools', icon: IconStack2 },
  { href: '/nodes', label: 'Nodes', icon: IconServer },
  { href: '/topics', label: 'Topics', icon: IconTopologyBus },
  { href: '/settings', label: 'Settings', icon: IconSettings },
] as const;

/** The frame of every page. Without a session it shows nothing and leads to the sign-in page; the data is guarded by the API. */
export function ConsoleShell({ children }: { readonly children: ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure();
  const path = usePathname();
  const router = useRouter();
  const session = useSession();
  // Only the answer "sign in first" leads away: a portal that does not answer is waited for.
  const refused = session.error instanceof ApiError && session.error.status === 401;
  useEffect(() => {
    if (refused) router.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }, [refused, router]);
  if (session.data === undefined)
    return session.error === null || refused ? (
      <Loading what="your session" />
    ) : (
      <Center mih="100vh" p="md" component="main">
        <Failed what="your session" error={session.error} onRetry={session.refetch} />
      </Center>
    );
  const { user } = session.data;
  return (
    <LiveProvider>
      <AppShell
        header={{ height: 44 }}
        navbar={{ width: 184, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding="md"
      >
        <AppShell.Header px="md">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Group gap="xs" wrap="nowrap">
              <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
              <Anchor component={Link} href="/overview" underline="never" c="inherit">
                <Group gap={8} wrap="nowrap">
                  <Mark />
                  <Text fw={700} fz={16}>
                    Millrace
                  </Text>
                </Group>
              </Anchor>
            </Group>
            <Group gap={4} wrap="nowrap">
              <SchemeSwitch />
              <UserMenu name={user.displayName} role={user.role} />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p={6}>
          {PAGES.map(({ href, label, icon: Icon }) => (
            <NavLink
              key={href}
              component={Link}
              href={href}
              label={label}
              active={path.startsWith(href)}
              leftSection={<Icon size={16} stroke={1.7} />}
              onClick={close}
              style={{ borderRadius: 4 }}
            />
          ))}
        </AppShell.Navbar>
        <AppShell.Main>
          {user.mustChangePassword ? (
            <Alert color="yellow" mb="sm" title="Choose a password of your own">
              The one you have was set by somebody else.{' '}
              <Anchor component={Link} href="/settings" underline="always">
                Change it in Settings.
              </Anchor>
            </Alert>
          ) : null}
          <Unanswered />
          {children}
        </AppShell.Main>
      </AppShell>
    </LiveProvider>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('dark', { getInitialValueInEffect: true });
  const label = scheme === 'dark' ? 'Light colours' : 'Dark colours';
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        {scheme === 'dark' ? <IconSun size={17} /> : <IconMoon size={17} />}
      </ActionIcon>
    </Tooltip>
  );
}

function UserMenu({ name, role }: { readonly name: string; readonly role: string }) {
  const router = useRouter();
  const signOut = useDoSignOut();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Signed in as ${name}`}>
          <IconUser size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name} · {role}
        </Menu.Label>
        <Menu.Item
          leftSection={<IconLogout size={14} />}
          onClick={() => signOut.mutate(undefined, { onSettled: () => router.replace('/sign-in') })}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** A mill wheel in the stream. */
function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <g fill="none" stroke="var(--mantine-primary-color-filled)" strokeWidth="1.6" strokeLinecap="round">
        <circle cx="10" cy="8.5" r="5.5" />
        <path d="M10 3v11M4.5 8.5h11M6.1 4.6l7.8 7.8M13.9 4.6l-7.8 7.8" />
        <path d="M1 17c1.5-1.4 3-1.4 4.5 0s3 1.4 4.5 0 3-1.4 4.5 0 3 1.4 4.5 0" />
      </g>
    </svg>
  );
}
