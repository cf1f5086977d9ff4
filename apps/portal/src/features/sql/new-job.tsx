'use client';
import { Button, Grid, Group, Menu, Stack, TextInput, Title } from '@mantine/core';
import { DEFAULT_SETTINGS, type SettingsInput } from '@millrace/protocol/api';
import { IconRocket, IconTemplate } from '@tabler/icons-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { ApiError } from '../../client/api-client.ts';
import { fieldErrors } from '../../client/field-errors.ts';
import { succeeded } from '../../client/notify.tsx';
import { ProblemAlert } from '../../client/problem-alert.tsx';
import { aboutJob } from '../jobs/about-job.ts';
import { ProgramEditor } from './program-editor.tsx';
import { useDoCreateJob } from './queries.ts';
import { SettingsForm } from './settings-form.tsx';
import { TEMPLATES } from './templates.ts';

/** Write, preview, choose how it runs, launch. */
export function NewJob() {
  const router = useRouter();
  const create = useDoCreateJob();
  const [name, setName] = useState('');
  const [sql, setSql] = useState(TEMPLATES[0]?.sql ?? '');
  const [settings, setSettings] = useState<SettingsInput>({
    guarantee: DEFAULT_SETTINGS.guarantee,
    parallelism: 2,
    queue: DEFAULT_SETTINGS.queue,
  });
  const launch = (start: boolean) =>
    create.mutate(
      { name, sql, settings, start },
      {
        onSuccess: (id) => {
          succeeded(start ? `${name} is starting.` : `${name} was saved.`, aboutJob({ id, name }));
          router.push(`/jobs/${id}`);
        },
      },
    );
  const problem = create.error instanceof ApiError ? create.error : undefined;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} fz={20}>
          New job
        </Title>
        <Group gap="xs">
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" leftSection={<IconTemplate size={14} />}>
                Templates
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {TEMPLATES.map((template) => (
                <Menu.Item key={template.title} onClick={() => setSql(template.sql)}>
                  {template.title}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <Button variant="default" disabled={name === ''} loading={create.isPending} onClick={() => launch(false)}>
            Save
          </Button>
          <Button
            leftSection={<IconRocket size={14} />}
            disabled={name === ''}
            loading={create.isPending}
            onClick={() => launch(true)}
          >
            Launch
          </Button>
        </Group>
      </Group>
      <ProblemAlert title="The job was not created" error={create.error} shown={['name']} />
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, md: 9 }}>
          <ProgramEditor text={sql} onChange={setSql} settings={settings} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 3 }}>
          <Stack gap="sm">
            <TextInput
              label="Name"
              required
              placeholder="orders-per-city"
              description="Lower-case letters, digits, - and _"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={
                fieldErrors(create.error).name ?? (problem?.code === 'job.name-taken' ? problem.message : undefined)
              }
            />
            <SettingsForm value={settings} onChange={setSettings} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
