import assert from 'node:assert/strict';
import { workerData } from 'node:worker_threads';
import type { Answer, Request, ThreadData } from './message.ts';
import { Sandbox } from './sandbox.ts';

// The program of the sandbox thread: one answer per request, in order, and one before them for the start.
const { functions, port, answered } = workerData as ThreadData;

function answer(given: Answer): void {
  port.postMessage(given);
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
}

const sandbox = await Sandbox.open(functions);
if (sandbox instanceof Sandbox) {
  answer({ ok: true, text: '' });
  port.on('message', (request: Request) => answer(sandbox.run(request)));
} else {
  assert(functions.length > 0);
  answer({ ok: false, failure: sandbox });
}
