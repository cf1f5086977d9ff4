import { connectors } from '@millrace/connectors';
import type { Connector } from '@millrace/contracts';
import { createOperator } from '@millrace/operators';
import type { PreviewMessage } from '@millrace/protocol';
import { compile } from '@millrace/sql';
import { HeapStateBackend } from '@millrace/state';
import { createLogger, MetricRegistry, systemClock } from '@millrace/telemetry';
import { createUserCode } from '@millrace/user-code';
import { expect } from 'vitest';
import { runPreview } from '../preview/run-preview.ts';

const log = createLogger({ name: 'test', destination: { write: () => {} } });

/** The rows of the only query of a script when its input has ended and all changes are applied: each as text, sorted. `more`: connectors of the test. */
export async function previewAnswerOf(text: string, more: readonly Connector[] = []): Promise<readonly string[]> {
  const { preview, diagnostics } = compile(text);
  expect(diagnostics, text).toEqual([]);
  const said: PreviewMessage[] = [];
  const parts = {
    connectors: new Map([
      ...connectors({ filesRoot: undefined, allowedHosts: [] }),
      ...more.map((each) => [each.name, each] as const),
    ]),
    createOperator,
    stateBackend: new HeapStateBackend(),
    userCode: createUserCode(),
    clock: systemClock,
    log,
    metrics: new MetricRegistry(systemClock).root,
    send: (message: PreviewMessage) => void said.push(message),
  };
  const request = { plan: preview, maxRows: 10_000, maxMs: 20_000 };
  await runPreview(request, parts, new AbortController().signal);
  expect(said.at(-1), text).toMatchObject({ kind: 'end', reason: 'input-ended' });
  const isChangelog = said.some((message) => message.kind === 'schema' && message.columns[0]?.type === 'change');
  const rows = said.flatMap((message) => (message.kind === 'rows' ? message.rows : []));
  return isChangelog ? applied(rows) : rows.map(textOf).sort();
}

function applied(changes: readonly (readonly unknown[])[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const [op, ...row] of changes) {
    const key = textOf(row);
    counts.set(key, (counts.get(key) ?? 0) + (op === '+I' || op === '+U' ? 1 : -1));
  }
  for (const count of counts.values()) expect(count).toBeGreaterThanOrEqual(0);
  return [...counts].flatMap(([key, count]) => Array.from({ length: count }, () => key)).sort();
}

/** A row as one line. */
export function textOf(row: readonly unknown[]): string {
  return row.map((value) => String(value)).join(' ');
}
