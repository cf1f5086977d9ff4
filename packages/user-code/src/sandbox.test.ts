import type { UserFunctions } from '@millrace/contracts';
import type { UserFunction } from '@millrace/plan';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIMITS } from './limits.ts';
import { declare, load, resultOf, results, sandboxOf } from './testing/declare.ts';

// From source a sandbox starts as slowly as a process does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Each tries to get at something of the host, and gives what it got. */
const PROBES: readonly (readonly [what: string, body: string])[] = [
  ['read a file of the system', "return String(require('fs').readFileSync('/etc/passwd'))"],
  ['read a file through a module', "return String(std.loadFile('/etc/passwd'))"],
  ['write a file', "os.open('/tmp/escaped', os.O_CREAT); return 'written'"],
  ['start a process', "return String(process.binding('spawn_sync'))"],
  ['start a thread from a text', "return String(new Worker('data:text/javascript,0'))"],
  ['read the environment', 'return JSON.stringify(process.env)'],
  [
    'read the environment of the parent',
    "return String(require('node:fs').readFileSync('/proc/' + process.ppid + '/environ'))",
  ],
  ['connect to a server', "return String(require('net').connect(5432, '127.0.0.1'))"],
  ['connect to a local socket', "return String(require('net').connect('/run/postgresql/.s.PGSQL.5432'))"],
  ['fetch', "return String(fetch('http://127.0.0.1'))"],
  ['send a signal to the parent', 'return String(process.kill(process.ppid, 0))'],
  ['open a debugging session', "return String(require('node:inspector').url())"],
  ['compile WebAssembly', 'return String(new WebAssembly.Module(new Uint8Array()))'],
  ['set a timer', "setTimeout(() => 0, 1); return 'set'"],
  ['write to the console', "console.log(x); return 'written'"],
];

describe('a body reaches nothing of the host', () => {
  let functions: UserFunctions;
  const declared: UserFunction[] = PROBES.map(([, body], at) => declare(body, { name: `probe${at}` }));

  beforeAll(async () => {
    functions = await load(...declared);
  });

  afterAll(() => functions.close());

  it.each(PROBES.map(([what], at) => [what, declared[at]] as const))('%s', (_, of) => {
    expect(() => of && results(functions, of, ['x'])).toThrow(/ReferenceError: '?\w+'? is not defined/);
  });

  const ESCAPES: readonly (readonly [string, string])[] = [
    ['the constructor of all functions', "return String(Function('return typeof process')())"],
    ['eval', "return eval('typeof require')"],
    ['the constructor of a built-in', "return [].constructor.constructor('return typeof globalThis.process')()"],
    [
      'the stack of an error',
      "try { null.x } catch (e) { return e.constructor.constructor('return typeof module')() }",
    ],
    ['what the prelude took', 'return typeof bounded + typeof limits + typeof exports'],
  ];
  const escapesSandbox = sandboxOf(ESCAPES.map(([, body]) => declare(body)));
  it.each(ESCAPES.map((each, at) => [...each, at] as const))('nor through %s', (_, _body, at) => {
    expect(escapesSandbox.resultOf(at)).toMatch(/^(undefined)+$/);
  });

  it('nothing can be imported', async () => {
    await expect(load(declare("import fs from 'fs'; export default () => 'x'"))).rejects.toThrow(/does not compile/);
    expect(await resultOf(declare("import('fs').then(() => 0, () => 0); return 'nothing came'"))).toBe('nothing came');
  });

  it('functions of one chain do not see each other', async () => {
    const first = declare('globalThis.seen = x; Array.prototype.map = () => []; return x;', { name: 'first' });
    const second = declare('return typeof seen + [1].map((n) => n + 1)[0];', { name: 'second' });
    const both = await load(first, second);
    expect(results(both, first, ['a'])).toEqual(['a']);
    expect(results(both, second, ['a'])).toEqual(['undefined2']);
    both.close();
  });
});

describe('whatever a body does, the call ends and says why', () => {
  it.each([
    ['a loop without end', 'while (true);', /took more than 3 s/],
    ['a loop that catches all', 'while (true) try { while (true); } catch {}', /took more than 3 s/],
    ['a pattern that tries everything', "return String(/(a+)+$/.test('a'.repeat(60) + 'b'))", /took more than 3 s/],
    [
      'a built-in loop that never looks at the clock',
      'return String([].indexOf.call({ length: 2 ** 53 - 1 }, 1))',
      /took more than 3 s/,
    ],
    [
      'memory without bound',
      "const all = []; for (;;) all.push('x'.repeat(100_000))",
      /needs more than 64 MB|took more than 3 s/,
    ],
    ['one huge text', "return 'x'.repeat(2 ** 30)", /needs more than 64 MB|invalid string length/],
    ['recursion without end', 'return (function f() { return f() + 1 })()', /stack overflow/],
    ['a huge result', "return 'x'.repeat(17 * 1024 * 1024)", /more than 16 MB|needs more than 64 MB/],
  ])('%s', async (_, body, message) => {
    await expect(resultOf(declare(body))).rejects.toMatchObject({
      code: expect.stringMatching(/^function\./),
      domain: 'user',
      retry: 'never',
      message: expect.stringMatching(message),
    });
  });

  it('a table function that never stops yielding', async () => {
    const of = declare('for (;;) yield [1];', {
      kind: 'table',
      returns: { kind: 'row', fields: [{ name: 'n', type: { kind: 'integer', nullable: true } }], nullable: false },
    });
    await expect(resultOf(of)).rejects.toThrow(`more than ${LIMITS.yieldedRows} rows for one row`);
  });

  it('after an error, and after a broken-off call, the next one works', async () => {
    const of = declare("if (x === 'loop') while (true); if (x === 'bad') throw new Error('no'); return x;");
    const functions = await load(of);
    expect(() => results(functions, of, ['bad'])).toThrow(/no/);
    expect(() => results(functions, of, ['loop'])).toThrow(/took more than/);
    expect(results(functions, of, ['good'])).toEqual(['good']);
    functions.close();
  });

  it('an ended thread is an error and nothing else', async () => {
    const of = declare('return String([].indexOf.call({ length: 2 ** 53 - 1 }, 1))');
    const functions = await load(of);
    expect(() => results(functions, of, ['a'])).toThrow(/took more than/);
    expect(() => results(functions, of, ['a'])).toThrow(/closed/);
    functions.close();
  });
});

describe('an error names the function, the line and the arguments', () => {
  it('of a body', async () => {
    const of = declare("const y = x;\n  // two\n  return y.length > 2 ? y.missing.part : 'short';", { name: 'parts' });
    const functions = await load(of);
    expect(() => results(functions, of, ['a', 'long'])).toThrow(
      'Function parts failed at line 3 of its body: TypeError: cannot read property \'part\' of undefined. Its arguments were x = "long". Correct the body, or keep such rows from it with WHERE or CASE.',
    );
    functions.close();
  });

  it('of a module', async () => {
    const of = declare(
      'const known = new Map();\n\nexport default function (text) {\n  return known.get(text).name;\n}',
    );
    await expect(resultOf(of)).rejects.toThrow(/at line 4 of its body/);
  });

  const WRONG: readonly (readonly [string, string, string])[] = [
    ['a number', 'return 7', '7 is not STRING'],
    ['a promise', "return Promise.resolve('x')", 'an object (Promise) is not STRING'],
    ['half of a surrogate pair', "return '\\ud800'", 'a text with half of a surrogate pair is not STRING'],
    [
      'an object that hides what it is',
      'return new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })',
      'a value that cannot be shown is not STRING',
    ],
    ['something thrown that is no error', "throw { toString() { throw 'again' } }", 'threw an object (Object)'],
  ];
  const wrongSandbox = sandboxOf(WRONG.map(([, body]) => declare(body)));
  it.each(WRONG.map((each, at) => [...each, at] as const))('%s is told as what it is', (_, _body, message, at) => {
    expect(() => wrongSandbox.resultOf(at)).toThrow(message);
  });

  it('a body that is no JavaScript is refused before the first row', async () => {
    await expect(load(declare('return x +;\n'))).rejects.toMatchObject({
      code: 'function.does-not-compile',
      message: expect.stringMatching(/^Function f does not compile at line 1 of its body: SyntaxError/),
    });
    await expect(load(declare('export const other = 1'))).rejects.toThrow('it does not export default');
  });

  it('results that a body damages are refused', async () => {
    const of = declare("Object.prototype.toJSON = () => 'fake'; Array.prototype.toJSON = () => 'fake'; return x;");
    await expect(resultOf(of)).rejects.toThrow(/its results are damaged/);
  });
});

describe('a deterministic function sees no clock and no chance', () => {
  const bodies = ['return String(Date.now())', 'return String(new Date())', 'return String(Math.random())'];
  const bound = sandboxOf(bodies.map((body) => declare(body)));
  const free = sandboxOf(bodies.map((body) => declare(body, { deterministic: false })));
  it.each(bodies.map((body, at) => [body, at] as const))('%s', (_, at) => {
    expect(() => bound.resultOf(at)).toThrow(/NOT DETERMINISTIC/);
    expect(free.resultOf(at)).toMatch(/\d/);
  });

  const TIMES: readonly (readonly [string, string])[] = [
    ['new Date(2026, 0, 5).toISOString()', '2026-01-05T00:00:00.000Z'],
    ["new Date('2026-01-05T10:00').toISOString()", '2026-01-05T10:00:00.000Z'],
    ['String(new Date(0).getHours() + new Date(0).getTimezoneOffset())', '0'],
    ["String(new Date('2026-06-01T00:00:00Z') instanceof Date)", 'true'],
  ];
  const times = sandboxOf(TIMES.map(([expression]) => declare(`return ${expression}`)));
  it.each(TIMES.map((each, at) => [...each, at] as const))('times are UTC: %s', (_, expected, at) => {
    expect(times.resultOf(at)).toBe(expected);
  });
});
