'use client';
import { Paper, Stack, Tabs, Title } from '@mantine/core';
import { Suspense } from 'react';
import { useUrlState } from '../../client/url-state.ts';
import { AuditLog } from './audit-log.tsx';
import { PasswordForm } from './password-form.tsx';
import { useMay, useSession } from './queries.ts';
import { UserList } from './user-list.tsx';

export function Settings() {
  return (
    <Suspense>
      <Sections />
    </Suspense>
  );
}

/** The own account for everybody; people and the audit log for whoever may see them. */
function Sections() {
  const url = useUrlState();
  const user = useSession().data?.user;
  const may = useMay();
  const seesUsers = user !== undefined && may('users.list');
  const seesAudit = may('audit.list');
  return (
    <Stack gap="sm">
      <Title order={1} fz={20}>
        Settings
      </Title>
      <Tabs
        value={url.get('tab') ?? 'account'}
        onChange={(tab) => url.set({ tab: tab ?? undefined })}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          <Tabs.Tab value="account">Your account</Tabs.Tab>
          {seesUsers ? <Tabs.Tab value="users">Users</Tabs.Tab> : null}
          {seesAudit ? <Tabs.Tab value="audit">Audit log</Tabs.Tab> : null}
        </Tabs.List>
        <Tabs.Panel value="account">
          <Paper maw={440}>
            <PasswordForm />
          </Paper>
        </Tabs.Panel>
        {seesUsers ? (
          <Tabs.Panel value="users">
            <UserList ownId={user.id} />
          </Tabs.Panel>
        ) : null}
        {seesAudit ? (
          <Tabs.Panel value="audit">
            <AuditLog />
          </Tabs.Panel>
        ) : null}
      </Tabs>
    </Stack>
  );
}
