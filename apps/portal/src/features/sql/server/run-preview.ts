import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LogicalPlan } from '@millrace/plan';
import { type PreviewRequest, previewMessageSchema } from '@millrace/protocol';
import type { PreviewResult } from '@millrace/protocol/api';
import { environment } from '../../../env.ts';
import { HttpError } from '../../../server/problem.ts';
import { resolveOptions } from './resolve-options.ts';

const AT_ONCE_MAX = 2;
const MEMORY_MB = 256;
/** Over the request's own limit: time to start and to end. */
const GRACE_MS = 5_000;

let running = 0;

/**
 * Runs a preview in a process of its own: capped memory and time, a clean environment, the plan (which may hold
 * secrets) on stdin only. The process ends when the browser goes away.
 */
export async function runPreview(
  plan: LogicalPlan,
  limits: { readonly maxRows: number; readonly maxMs: number },
  signal: AbortSignal,
): Promise<PreviewResult> {
  if (running >= AT_ONCE_MAX)
    throw new HttpError(
      429,
      'preview.busy',
      `${AT_ONCE_MAX} previews are running. Wait for one to end, then try again.`,
    );
  running++;
  try {
    return await collect({ plan: await resolveOptions(plan), ...limits }, signal);
  } finally {
    running--;
  }
}

async function collect(request: PreviewRequest, signal: AbortSignal): Promise<PreviewResult> {
  const program = path.join(/* turbopackIgnore: true */ environment().runtimeDir, 'preview.js');
  const child = spawn(process.execPath, [`--max-old-space-size=${MEMORY_MB}`, program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { NODE_ENV: 'production', TZ: 'UTC', ...environment().connectorEnvironment },
  });
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(kill, request.maxMs + GRACE_MS);
  signal.addEventListener('abort', kill);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000);
  });
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const result = {
    columns: [] as PreviewResult['columns'],
    rows: [] as PreviewResult['rows'],
    rejected: null as PreviewResult['rejected'],
    recordsRead: 0,
  };
  let ended: PreviewResult['ended'] | undefined;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const message = previewMessageSchema.parse(JSON.parse(line));
      if (message.kind === 'schema') result.columns = message.columns;
      else if (message.kind === 'rows') result.rows.push(...message.rows);
      else if (message.kind === 'rejected') result.rejected = { count: message.count, example: message.example };
      else if (message.kind === 'error') throw new HttpError(422, message.code, message.message);
      else {
        ended = message.reason;
        result.recordsRead = message.recordsRead;
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    child.kill('SIGKILL');
  }
  if (ended === undefined) {
    console.error(JSON.stringify({ level: 'error', message: 'preview process ended early', complaint }));
    throw new HttpError(
      502,
      'preview.ended',
      'The preview ended before it had a result; it may need more memory than a preview gets.',
    );
  }
  return { ...result, ended };
}
