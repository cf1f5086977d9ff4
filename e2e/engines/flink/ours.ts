import { connectors } from '../../../packages/connectors/src/index.ts';
import { createOperator } from '../../../packages/operators/src/index.ts';
import type { PreviewMessage } from '../../../packages/protocol/src/index.ts';
import { runPreview } from '../../../packages/runtime/src/preview/run-preview.ts';
import { compile } from '../../../packages/sql/src/index.ts';
import { HeapStateBackend } from '../../../packages/state/src/index.ts';
import { createLogger, MetricRegistry, systemClock } from '../../../packages/telemetry/src/index.ts';
import { createUserCode } from '../../../packages/user-code/src/index.ts';
import type { FlinkAnswer } from './flink.ts';

const log = createLogger({ name: 'test', destination: { write: () => {} } });

/** The same question to Millrace, the answer in the same form. `filesRoot`: where tables of files lie. */
export async function askOurs(statements: readonly string[], filesRoot?: string): Promise<FlinkAnswer> {
  const { preview, diagnostics } = compile(statements.join(';\n'));
  const [problem] = diagnostics.filter(({ severity }) => severity === 'error');
  if (problem !== undefined) return { error: problem.message };
  const said: PreviewMessage[] = [];
  const parts = {
    connectors: connectors({ filesRoot, allowedHosts: [] }),
    createOperator,
    stateBackend: new HeapStateBackend(),
    userCode: createUserCode(),
    clock: systemClock,
    log,
    metrics: new MetricRegistry(systemClock).root,
    send: (message: PreviewMessage) => void said.push(message),
  };
  const request = { plan: preview, maxRows: 1_000_000, maxMs: 60_000 };
  try {
    await runPreview(request, parts, new AbortController().signal);
  } catch (error) {
    return { error: String(error) };
  }
  const columns = said.flatMap((message) => (message.kind === 'schema' ? message.columns : []));
  const isChangelog = columns[0]?.type === 'change';
  const rows = said.flatMap((message) => (message.kind === 'rows' ? message.rows : []));
  const written = rows.map((row) => row.map((value) => (value === null ? null : String(value))));
  return {
    columns: isChangelog ? columns.slice(1) : columns,
    rows: isChangelog ? written : written.map((row) => ['+I', ...row]),
  };
}
