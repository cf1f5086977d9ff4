import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { errorData } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import { parseLogicalPlan } from '@millrace/plan';
import { type PreviewMessage, previewRequestSchema } from '@millrace/protocol';
import { createLogger, MetricRegistry, systemClock } from '@millrace/telemetry';
import { runPreview } from '../preview/run-preview.ts';
import { connectorRegistry, stateBackend, userCode } from '../registry.ts';
import { secretsOf } from '../secret-options.ts';

// stdout carries messages, stderr the log. One request on the first line of stdin; when stdin closes nobody waits any more.
const log = createLogger({ name: 'preview', level: 'warn', destination: { write: (line) => void writeSync(2, line) } });
const canceled = new AbortController();
const send = (message: PreviewMessage): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

const input = createInterface({ input: process.stdin });
input.once('close', () => canceled.abort());
process.stdout.on('error', () => canceled.abort());
input.once('line', async (line) => {
  let code = 0;
  try {
    const request = previewRequestSchema.parse(JSON.parse(line));
    log.hide(secretsOf(parseLogicalPlan(request.plan)));
    const metrics = new MetricRegistry(systemClock).root;
    const parts = {
      connectors: connectorRegistry(process.env),
      stateBackend: stateBackend(),
      createOperator,
      userCode: userCode(),
      clock: systemClock,
      log,
      metrics,
      send,
    };
    await runPreview(request, parts, canceled.signal);
  } catch (error) {
    const { code: reason, message } = errorData(error);
    log.error('the preview failed', { error });
    send({ kind: 'error', code: reason, message });
    code = 1;
  }
  // Not before the last message has left.
  process.stdout.write('', () => process.exit(code));
});
