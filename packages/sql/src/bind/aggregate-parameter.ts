import type { AggregateCall, AggregateFunction } from '@millrace/plan';
import type { Expr, FunctionCall } from '../ast.ts';
import type { Report } from '../diagnostic.ts';

const ARGUMENTS: Readonly<Partial<Record<AggregateFunction, readonly [least: number, most: number]>>> = {
  count: [1, 100],
  listagg: [1, 2],
  percentile: [2, 3],
};

/** LISTAGG(text [, separator]) and PERCENTILE(number, fraction or fractions [, frequency]): the second argument is a constant. */
export function bindParameter(
  call: FunctionCall,
  name: AggregateFunction,
  report: Report,
): Pick<AggregateCall, 'parameter'> | undefined {
  const title = call.name.text.toUpperCase();
  const [least, most] = ARGUMENTS[name] ?? [1, 1];
  const [, second] = call.args;
  if (call.args.length < least || call.args.length > most) {
    const counts =
      least === most ? '1 argument' : most === 100 ? '1 or more arguments' : `${least} or ${most} arguments`;
    return report.error('sql.wrong-arguments', call, `${title} takes ${counts}, not ${call.args.length}.`);
  }
  if (second === undefined || name === 'count') return {};
  if (name === 'listagg') {
    if (second.kind === 'string') return { parameter: second.value };
    return report.error('sql.type-mismatch', second, `The separator of ${title} is a text in quotes: ', '.`);
  }
  const fractions = second.kind === 'constructor' && second.type === 'ARRAY' ? second.items.map(fractionOf) : undefined;
  const known = fractions?.filter((fraction) => fraction !== undefined);
  const parameter =
    fractions === undefined ? fractionOf(second) : known?.length === fractions.length ? known : undefined;
  if (parameter !== undefined) return { parameter };
  return report.error(
    'sql.type-mismatch',
    second,
    `The percentage of ${title} is a number from 0 to 1: 0.95, or ARRAY[0.5, 0.95].`,
  );
}

function fractionOf(expr: Expr): number | undefined {
  const fraction = expr.kind === 'number' ? Number(expr.text) : Number.NaN;
  return fraction >= 0 && fraction <= 1 ? fraction : undefined;
}
