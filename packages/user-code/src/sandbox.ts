import { type DataType, formatDataType } from '@millrace/model';
import { AGGREGATE_EXPORTS, moduleOf, type UserFunction } from '@millrace/plan';
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { cpuMs } from './cpu-time.ts';
import { LIMITS } from './limits.ts';
import type { Answer, Failure, Request } from './message.ts';
import { PRELUDE } from './prelude.ts';

/** What files are called in the stack of an error inside a body; the prelude looks for it to tell the line. */
const BODY_FILE = 'body';

/**
 * The functions of one chain in one QuickJS runtime, each in a realm of its own. QuickJS has no files, network, processes, threads or timers
 * to begin with, and nothing of the host is handed in. Lives in the sandbox thread and throws nothing: a failure is an answer.
 */
export class Sandbox {
  readonly #module: QuickJSWASMModule;
  readonly #runtime: QuickJSRuntime;
  readonly #functions = new Map<string, BoundFunction>();
  #deadline = 0;

  private constructor(module: QuickJSWASMModule) {
    const runtime = module.newRuntime();
    this.#module = module;
    this.#runtime = runtime;
    runtime.setMemoryLimit(LIMITS.memoryBytes);
    runtime.setMaxStackSize(LIMITS.stackBytes);
    runtime.setInterruptHandler(() => cpuMs() > this.#deadline);
  }

  static async open(functions: readonly UserFunction[]): Promise<Sandbox | Failure> {
    const module = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
    const sandbox = new Sandbox(module);
    for (const of of functions) {
      const failure = sandbox.#compile(of);
      if (failure !== undefined) return failure;
    }
    return sandbox;
  }

  run({ function: name, operation, payload }: Request): Answer {
    const bound = this.#functions.get(name);
    if (bound === undefined) throw new Error(`no function ${name} was loaded`);
    const { context, run } = bound;
    this.#start();
    const args = [context.newString(operation), context.newString(payload)];
    const result = context.callFunction(run, context.undefined, ...args);
    for (const arg of args) arg.dispose();
    if (result.error) return { ok: false, failure: this.#failureOf(name, bound, result.error) };
    const text = context.getString(result.value);
    result.value.dispose();
    if (!text.startsWith('!')) return { ok: true, text, ...(this.#isFull(context) ? { isFull: true } : {}) };
    return { ok: false, failure: { function: name, ...(JSON.parse(text.slice(1)) as Omit<Failure, 'function'>) } };
  }

  /** Undefined when it could be compiled and exports what its kind needs. */
  #compile(of: UserFunction): Failure | undefined {
    const context = this.#runtime.newContext();
    this.#start();
    const limits = context.unwrapResult(context.evalCode(`(${JSON.stringify(LIMITS)})`));
    const prelude = context.unwrapResult(context.evalCode(PRELUDE, 'prelude'));
    const deterministic = of.deterministic ? context.true : context.false;
    const tools = context.unwrapResult(context.callFunction(prelude, context.undefined, limits, deterministic));
    const bound = { context, tools, run: context.undefined };
    const evaluated = context.evalCode(moduleOf(of).text, BODY_FILE, { type: 'module', strict: true });
    if (evaluated.error) return compileFailure(this.#failureOf(of.name, bound, evaluated.error));
    const exported = evaluated.value;
    const missing = REQUIRED[of.kind].concat(of.abilities).filter((name) => !isFunction(context, exported, name));
    if (missing.length > 0)
      return { function: of.name, reason: 'does-not-compile', message: `it does not export ${missing.join(', ')}` };
    const spec = context.newString(JSON.stringify(specOf(of)));
    const bind = context.getProp(tools, 'bind');
    const run = context.unwrapResult(context.callFunction(bind, context.undefined, spec, exported));
    for (const handle of [limits, prelude, spec, bind]) handle.dispose();
    this.#functions.set(of.name, { ...bound, run });
    return undefined;
  }

  /** QuickJS counts what it uses object by object: it is asked only once the memory below it has grown large. */
  #isFull(context: QuickJSContext): boolean {
    if (this.#module.getWasmMemory().buffer.byteLength < LIMITS.heldBytes * 2) return false;
    const usage = this.#runtime.computeMemoryUsage();
    const used = context.getProp(usage, 'memory_used_size');
    const bytes = context.getNumber(used);
    used.dispose();
    usage.dispose();
    return bytes > LIMITS.heldBytes;
  }

  #start(): void {
    this.#deadline = cpuMs() + LIMITS.callMs;
  }

  /** What no code of the body may catch: it was broken off. Anything else the prelude describes. */
  #failureOf(name: string, { context, tools }: BoundFunction, error: QuickJSHandle): Failure {
    const isOver = cpuMs() > this.#deadline;
    this.#start();
    const row = this.#numberOf(context, tools, 'currentRow');
    const place = row === undefined || row < 0 ? {} : { row };
    const describe = context.getProp(tools, 'describe');
    const described = context.callFunction(describe, context.undefined, error);
    error.dispose();
    describe.dispose();
    if (described.error) {
      described.error.dispose();
      return { function: name, reason: isOver ? 'too-slow' : 'out-of-memory', message: 'it was broken off', ...place };
    }
    const failure = JSON.parse(context.getString(described.value)) as Omit<Failure, 'function'>;
    described.value.dispose();
    const isBrokenOff = isOver && failure.message === 'InternalError: interrupted';
    return { function: name, ...failure, ...place, ...(isBrokenOff ? { reason: 'too-slow' } : {}) };
  }

  #numberOf(context: QuickJSContext, tools: QuickJSHandle, name: string): number | undefined {
    const ask = context.getProp(tools, name);
    const answer = context.callFunction(ask, context.undefined);
    ask.dispose();
    if (answer.error) {
      answer.error.dispose();
      return undefined;
    }
    const number = context.getNumber(answer.value);
    answer.value.dispose();
    return number;
  }
}

interface BoundFunction {
  readonly context: QuickJSContext;
  /** What the prelude gave. */
  readonly tools: QuickJSHandle;
  readonly run: QuickJSHandle;
}

const REQUIRED: Readonly<Record<UserFunction['kind'], readonly string[]>> = {
  scalar: ['default'],
  table: ['default'],
  aggregate: AGGREGATE_EXPORTS,
};

function isFunction(context: QuickJSContext, exported: QuickJSHandle, name: string): boolean {
  const found = context.getProp(exported, name);
  const is = context.typeof(found) === 'function';
  found.dispose();
  return is;
}

function compileFailure(failure: Failure): Failure {
  return failure.reason === 'threw' ? { ...failure, reason: 'does-not-compile' } : failure;
}

/** The types as the prelude reads them: with their names, for messages. */
function specOf({ kind, parameters, returns }: UserFunction): unknown {
  return { kind, parameters: parameters.map(({ type }) => withText(type)), returns: withText(returns) };
}

function withText(type: DataType): unknown {
  const text = formatDataType({ ...type, nullable: true });
  switch (type.kind) {
    case 'array':
      return { ...type, text, element: withText(type.element) };
    case 'map':
      return { ...type, text, key: withText(type.key), value: withText(type.value) };
    case 'row':
      return { ...type, text, fields: type.fields.map((field) => ({ ...field, type: withText(field.type) })) };
    default:
      return { ...type, text };
  }
}
