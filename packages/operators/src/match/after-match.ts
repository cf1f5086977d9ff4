import { StreamError } from '@millrace/model';
import type { AfterMatch } from '@millrace/plan';

/** How many rows after the first row of a match the next attempt begins. Throws `match.skip-target` as the SQL standard asks. */
export function rowsToSkip(after: AfterMatch, bindings: string, variables: readonly string[], label: string): number {
  switch (after.kind) {
    case 'past-last-row':
      return bindings.length;
    case 'to-next-row':
      return 1;
    case 'to-first':
    case 'to-last': {
      const variable = String.fromCharCode(variables.indexOf(after.variable));
      const at = after.kind === 'to-first' ? bindings.indexOf(variable) : bindings.lastIndexOf(variable);
      if (at > 0) return at;
      const what =
        at < 0 ? 'has no row in a match' : 'is the first row of a match, which would be found again for ever';
      const message = `${label}: AFTER MATCH SKIP ${after.kind === 'to-first' ? 'TO FIRST' : 'TO LAST'} ${after.variable}: ${after.variable} ${what}. Skip to a variable that always has a later row, or PAST LAST ROW.`;
      throw new StreamError('match.skip-target', message, { domain: 'user', retry: 'never' });
    }
  }
}
