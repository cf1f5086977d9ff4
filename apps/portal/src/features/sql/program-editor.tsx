'use client';
import { Button, Group, Paper, Stack, Tabs, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type {
  ArgumentHelpView,
  CompletionsView,
  DiagnosticView,
  Explanation,
  FormattedView,
  HoverView,
  SettingsInput,
} from '@millrace/protocol/api';
import { Empty, Loading, SqlEditor, type SqlEditorHandle } from '@millrace/ui';
import { IconAlignLeft, IconEye } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { call } from '../../client/api-client.ts';
import { PlanPane } from './plan-pane.tsx';
import { PreviewRows } from './preview-rows.tsx';
import { useDoPreview, useExplanation, useOutline } from './queries.ts';
import { StatementList } from './statement-list.tsx';

interface Props {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly settings: SettingsInput;
}

/** The program on the left of its plan: findings while typing, the graph beside it, rows from live topics below. */
export function ProgramEditor({ text, onChange, settings }: Props) {
  const [settled] = useDebouncedValue(text, 400);
  const { data: explanation } = useExplanation(settled, settings);
  const { data: outline } = useOutline(settled);
  const preview = useDoPreview();
  const editor = useRef<SqlEditorHandle | null>(null);
  /** Why the text of then, or a part of it, was not laid out. */
  const [unformatted, setUnformatted] = useState<{ readonly text: string; readonly reason: string } | undefined>();
  const onFormatted = (reason: string | undefined, left: string) => {
    setUnformatted(reason === undefined ? undefined : { text: left, reason });
  };
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
      fix,
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
        explainCall={explainCall}
        format={format}
        onFormatted={onFormatted}
        onReady={(handle) => {
          editor.current = handle;
        }}
        height="400px"
        label="SQL program"
      />
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="xs" c={errors.length > 0 ? 'red' : 'dimmed'} role="status">
          {unformatted?.text === text ? `Not formatted. ${unformatted.reason}` : stateOf(explanation)}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <StatementList
            statements={outline?.statements ?? []}
            onChoose={(offset) => {
              // After the menu has given the focus back.
              setTimeout(() => editor.current?.goTo(offset));
            }}
          />
          <Button
            variant="default"
            leftSection={<IconAlignLeft size={14} />}
            title="Format the program (Shift-Alt-F)"
            onClick={() => editor.current?.format()}
          >
            Format
          </Button>
          <Button
            variant="default"
            leftSection={<IconEye size={14} />}
            loading={preview.isPending}
            disabled={errors.length > 0}
            onClick={() => {
              setTab('preview');
              preview.mutate({ text, settings });
            }}
          >
            Preview
          </Button>
        </Group>
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

function stateOf(explanation: Explanation | undefined): string {
  if (explanation === undefined) return '';
  const errors = explanation.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return 'The program is valid.';
  const count = `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`;
  return `${count}; line ${errors[0]?.line}: ${errors[0]?.message}`;
}

/** No proposals when the portal does not answer: writing goes on without. */
function complete(text: string, offset: number, signal: AbortSignal): Promise<CompletionsView | undefined> {
  return call<CompletionsView>('POST', '/sql/complete', { text, offset }, signal).catch(() => undefined);
}

async function explain(text: string, offset: number): Promise<HoverView | undefined> {
  const { help } = await call<{ help: HoverView | null }>('POST', '/sql/hover', { text, offset });
  return help ?? undefined;
}

async function explainCall(text: string, offset: number, signal: AbortSignal): Promise<ArgumentHelpView | undefined> {
  const answer = call<{ call: ArgumentHelpView | null }>('POST', '/sql/arguments', { text, offset }, signal);
  return (await answer.catch(() => ({ call: null }))).call ?? undefined;
}

/** The reason also when the portal does not answer. */
function format(text: string): Promise<FormattedView> {
  const unchanged = (error: unknown) => ({ text, reason: error instanceof Error ? error.message : String(error) });
  return call<FormattedView>('POST', '/sql/format', { text }).catch(unchanged);
}

const NO_PLAN = <Empty title="No plan yet">It appears as soon as the program is valid and writes somewhere.</Empty>;
