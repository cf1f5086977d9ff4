import { type DataType, StreamError } from '@millrace/model';
import type { UserFunction } from '@millrace/plan';
import type { Crossing } from './encode-arguments.ts';
import { LIMITS } from './limits.ts';
import type { Failure } from './message.ts';

/** One argument in a message. */
const SHOWN_MAX = 60;

/** What a person reads who wrote the function. `args` are those of the row it failed at, when that is known. */
export function functionError(of: UserFunction, failure: Failure, args: readonly Crossing[] | undefined): StreamError {
  const line = failure.line === undefined ? '' : ` at line ${failure.line} of its body`;
  const given = args === undefined || of.parameters.length === 0 ? '' : ` Its arguments were ${shown(of, args)}.`;
  const message = `Function ${of.name} ${whatHappened(failure, line)}.${given}${remedy(failure)}`;
  return new StreamError(`function.${failure.reason}`, message, { domain: 'user', retry: 'never' });
}

function whatHappened({ reason, message }: Failure, line: string): string {
  switch (reason) {
    case 'does-not-compile':
      return `does not compile${line}: ${message}`;
    case 'threw':
      return `failed${line}: ${message}`;
    case 'wrong-value':
    case 'too-much':
      return `gave a wrong value: ${message}`;
    case 'too-slow':
      return `took more than ${LIMITS.callMs / 1000} s of CPU time for ${LIMITS.rowsPerCall} rows or fewer`;
    case 'out-of-memory':
      return `needs more than ${LIMITS.memoryBytes / 1024 / 1024} MB`;
  }
}

function remedy({ reason }: Failure): string {
  switch (reason) {
    case 'threw':
    case 'wrong-value':
      return ' Correct the body, or keep such rows from it with WHERE or CASE.';
    case 'too-slow':
      return ' Look for a loop that does not end, or for memory that only grows.';
    default:
      return '';
  }
}

function shown(of: UserFunction, args: readonly Crossing[]): string {
  return of.parameters.map(({ name, type }, at) => `${name} = ${shorten(args[at] ?? null, type)}`).join(', ');
}

/** Numbers that cross as text are shown as numbers. */
function shorten(value: Crossing, { kind }: DataType): string {
  if (value === null) return 'NULL';
  const text = kind === 'bigint' || kind === 'decimal' ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 1)}…` : text;
}
