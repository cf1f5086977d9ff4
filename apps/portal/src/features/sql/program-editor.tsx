'use client';
import { Button, Group, Paper, Stack, Tabs, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { CompletionsView, DiagnosticView, HoverView, SettingsInput } from '@millrace/protocol/api';
import { Empty, Loading, SqlEditor } from '@millrace/ui';
import { IconEye } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { call } from '../../client/api-client.ts';
import { PlanPane } from './plan-pane.tsx';
import { PreviewRows } from './preview-rows.tsx';
import { useDoPreview, useExplanation } from './queries.ts';

interface Props {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly settings: SettingsInput;
}

/** The program on the left of its plan: findings while typing, the graph beside it, rows from live topics below. */
export function ProgramEditor({ text, onChange, settings }: Props) {
  const [settled] = useDebouncedValue(text, 400);
  const { data: explanation } = useExplanation(settled, settings);
  const preview = useDoPreview();
  const [tab, setTab] = useState<string | null>('plan');
  const errors = explanation?.diagnostics.filter(({ severity }) => severity === 'error') ?? [];
  const last = useRef<{ text: string; findings: readonly DiagnosticView[] }>({ text: '', findings: [] });
  const diagnose = async (current: string) => {
    if (last.current.text !== current) {
      const { diagnostics } = await call<{ diagnostics: DiagnosticView[] }>('POST', '/sql/diagnose', { text: current });
      last.current = { text: current, findings: diagnostics };
    }
    return last.current.findings.map(({ severity, message, from, to, fix }) => ({
      severity,
      message,
      from,
      to,
      fix: fix === undefined ? undefined : { title: fix.title, insert: fix.insert },
    }));
  };
  return (
    <Stack gap="xs">
      <SqlEditor
        value={text}
        onChange={onChange}
        diagnose={diagnose}
        complete={complete}
        explain={explain}
        height="400px"
        label="SQL program"
      />
      <Group justify="space-between">
        <Text size="xs" c={errors.length > 0 ? 'red' : 'dimmed'} role="status">
          {explanation === undefined
            ? ''
            : errors.length === 0
              ? 'The program is valid.'
              : `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}; line ${errors[0]?.line}: ${errors[0]?.message}`}
        </Text>
        <Button
          variant="default"
          leftSection={<IconEye size={14} />}
          loading={preview.isPending}
          disabled={errors.length > 0}
          onClick={() => {
            setTab('preview');
            preview.mutate(text);
          }}
        >
          Preview
        </Button>
      </Group>
      <Paper p="xs">
        <Tabs value={tab} onChange={setTab}>
          <Tabs.List>
            <Tabs.Tab value="plan">Plan</Tabs.Tab>
            <Tabs.Tab value="preview">Preview</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="plan" pt="xs">
            {explanation === undefined ? (
              <Loading what="the plan" />
            ) : (
              <PlanPane plan={explanation} height={300} empty={NO_PLAN} />
            )}
          </Tabs.Panel>
          <Tabs.Panel value="preview" pt="xs">
            <PreviewRows result={preview.data} error={preview.error} pending={preview.isPending} />
          </Tabs.Panel>
        </Tabs>
      </Paper>
    </Stack>
  );
}

/** No proposals when the portal does not answer: writing goes on without. */
function complete(text: string, offset: number, signal: AbortSignal): Promise<CompletionsView | undefined> {
  return call<CompletionsView>('POST', '/sql/complete', { text, offset }, signal).catch(() => undefined);
}

async function explain(text: string, offset: number): Promise<HoverView | undefined> {
  const { help } = await call<{ help: HoverView | null }>('POST', '/sql/hover', { text, offset });
  return help ?? undefined;
}

const NO_PLAN = <Empty title="No plan yet">It appears as soon as the program is valid and writes somewhere.</Empty>;
