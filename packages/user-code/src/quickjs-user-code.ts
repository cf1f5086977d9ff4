import type { UserCode, UserFunctions } from '@millrace/contracts';
import type { UserFunction } from '@millrace/plan';
import { functionError } from './function-error.ts';
import { SandboxLink } from './sandbox-link.ts';
import { SandboxedFunctions } from './sandboxed-functions.ts';

/** Functions in QuickJS compiled to WebAssembly, in a thread of its own per chain. See `decisions/0001`. */
export function createUserCode(): UserCode {
  return { load };
}

async function load(functions: readonly UserFunction[]): Promise<UserFunctions> {
  const { link, answer } = await SandboxLink.open(functions);
  if (answer.ok) return new SandboxedFunctions(functions, link);
  link.close();
  const { failure } = answer;
  const of = functions.find(({ name }) => name === failure.function);
  if (of === undefined) throw new Error(`no function ${failure.function} was to be loaded`);
  throw functionError(of, failure, undefined);
}
