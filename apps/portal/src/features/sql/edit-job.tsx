'use client';
import { Anchor, Button, Grid, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { JobDetailView, SettingsInput } from '@millrace/protocol/api';
import { Failed, Loading } from '@millrace/ui';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { succeeded } from '../../client/notify.tsx';
import { ProblemAlert } from '../../client/problem-alert.tsx';
import { aboutJob } from '../jobs/about-job.ts';
import { useJob, useStateComparison, useVersions } from '../jobs/queries.ts';
import { StateVerdict } from '../jobs/state-verdict.tsx';
import { ProgramEditor } from './program-editor.tsx';
import { useDoSaveVersion } from './queries.ts';
import { SettingsForm } from './settings-form.tsx';

/** A new version of a job, made from the newest one; what runs is not touched until the next start. */
export function EditJob({ id }: { readonly id: string }) {
  const job = useJob(id);
  const versions = useVersions(id);
  const error = job.error ?? versions.error;
  if (error !== null) return <Failed what="the job" error={error} />;
  const newest = versions.data?.[0];
  if (job.data === undefined || newest === undefined) return <Loading what="the job" />;
  return (
    <Form
      key={newest.version}
      job={job.data}
      sql={newest.sql}
      settings={newest.settings as SettingsInput}
      basedOn={newest.version}
    />
  );
}

interface FormProps {
  readonly job: JobDetailView;
  readonly sql: string;
  readonly settings: SettingsInput;
  readonly basedOn: number;
}

function Form({ job, sql, settings, basedOn }: FormProps) {
  const router = useRouter();
  const save = useDoSaveVersion(job.id);
  const [text, setText] = useState(sql);
  const [chosen, setChosen] = useState(settings);
  const [comment, setComment] = useState('');
  const [settled] = useDebouncedValue(text, 600);
  const comparison = useStateComparison(job.id, { sql: settled, settings: chosen });
  const submit = () =>
    save.mutate(
      { sql: text, settings: chosen, basedOn, ...(comment === '' ? {} : { comment }) },
      {
        onSuccess: ({ version }) => {
          succeeded(`Version ${version} of ${job.name} was saved.`, aboutJob(job, 'versions'));
          router.push(`/jobs/${job.id}?tab=versions`);
        },
      },
    );
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <div>
          <Anchor component={Link} href={`/jobs/${job.id}`} size="xs" c="dimmed">
            {job.name}
          </Anchor>
          <Title order={1} fz={20}>
            New version
          </Title>
          <Text size="xs" c="dimmed">
            Made from version {basedOn}. The running job is not touched: stop it with a savepoint and start it again to
            run the new version.
          </Text>
        </div>
        <Button loading={save.isPending} onClick={submit}>
          Save version {basedOn + 1}
        </Button>
      </Group>
      <ProblemAlert title="The version was not saved" error={save.error} />
      {comparison.data == null || comparison.isError ? null : (
        <StateVerdict comparison={comparison.data} version="What is written here" />
      )}
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, md: 9 }}>
          <ProgramEditor text={text} onChange={setText} settings={chosen} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 3 }}>
          <Stack gap="sm">
            <TextInput
              label="Comment"
              placeholder="What changed"
              value={comment}
              onChange={(event) => setComment(event.currentTarget.value)}
            />
            <SettingsForm value={chosen} onChange={setChosen} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
