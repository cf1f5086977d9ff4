'use client';
import { Paper, Select } from '@mantine/core';
import type { JobDetailView } from '@millrace/protocol/api';
import { Failed, Loading } from '@millrace/ui';
import { useState } from 'react';
import { PlanPane } from '../sql/plan-pane.tsx';
import { useVersionPlan } from './queries.ts';

/** What a version runs, also while nothing does: first that of the current run, else the one the next start takes. */
export function PlanTab({ job }: { readonly job: JobDetailView }) {
  const [chosen, setChosen] = useState<number>();
  const version = chosen ?? job.version ?? job.latestVersion;
  const { data, error, refetch } = useVersionPlan(job.id, version);
  const versions = Array.from({ length: job.latestVersion }, (_, at) => job.latestVersion - at);
  const describe = (number: number) => {
    const marks = [number === job.version ? 'last run' : [], number === job.latestVersion ? 'newest' : []].flat();
    return `Version ${number}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
  };
  return (
    <Paper p="xs">
      {data === undefined ? (
        error === null ? (
          <Loading what="the plan" />
        ) : (
          <Failed what="the plan" error={error} onRetry={refetch} />
        )
      ) : (
        <PlanPane
          plan={data}
          height={440}
          aside={
            <Select
              aria-label="Version"
              w={240}
              value={String(version)}
              onChange={(value) => setChosen(Number(value))}
              data={versions.map((number) => ({ value: String(number), label: describe(number) }))}
            />
          }
        />
      )}
    </Paper>
  );
}
