import type { Name } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { didYouMean } from '../suggestion.ts';

/** A pattern variable that PATTERN does not have. */
export function unknownVariable(name: Name, variables: readonly string[], report: Report): undefined {
  const { hint, fix } = didYouMean(name.text, name, variables);
  const help = hint === '' ? ` Variables: ${variables.join(', ')}.` : hint;
  return report.error('sql.unknown-column', name, `PATTERN has no variable ${name.text}.${help}`, fix);
}
