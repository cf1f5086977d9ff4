import type { UserFunctions } from '@millrace/contracts';
import { StreamError } from '@millrace/model';

/** The same functions, with errors that begin with the step that calls them, as those of all expressions do. */
export function ownedFunctions(functions: UserFunctions, owner: string): UserFunctions {
  const own = <Result>(call: () => Result): Result => {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      const { code, domain, retry, detail } = error;
      throw new StreamError(code, `${owner}: ${error.message}`, {
        domain,
        retry,
        ...(detail === undefined ? {} : { detail }),
      });
    }
  };
  return {
    call: (...args) => own(() => functions.call(...args)),
    accumulate: (...args) => own(() => functions.accumulate(...args)),
    merge: (...args) => own(() => functions.merge(...args)),
    results: (...args) => own(() => functions.results(...args)),
    close: () => functions.close(),
  };
}
