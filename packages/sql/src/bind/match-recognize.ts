import type { Field } from '@millrace/model';
import type { AfterMatch, Expression, MatchExpression, RowPattern } from '@millrace/plan';
import type { AfterMatchClause, MatchTable, PatternExpr } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { isAppendOnly } from '../relation/changes.ts';
import { columnOf, project } from '../relation/relation.ts';
import { step, type WorkOf } from '../relation/step.ts';
import { decoded } from './comparable.ts';
import { bindInterval } from './interval.ts';
import type { FilledScope } from './join.ts';
import { bindMatchOrder } from './match-order.ts';
import { bindMatchPartition, type MatchPartition } from './match-partition.ts';
import { MatchTerms } from './match-terms.ts';
import { unknownVariable } from './match-variable.ts';

/** input MATCH_RECOGNIZE (...): one row per match, the partition columns then the measures. Undefined after a report. */
export function bindMatch(ref: MatchTable, input: FilledScope, report: Report): FilledScope | undefined {
  const { relation } = input;
  if (!isAppendOnly(relation)) {
    const message = 'MATCH_RECOGNIZE reads rows that are never changed afterwards: this input is updated.';
    return report.error('sql.unsupported', ref.wordSpan, message);
  }
  const errorsBefore = report.errorCount;
  const partition = bindMatchPartition(ref, input, report);
  const order = bindMatchOrder(ref, input, report);
  const variables = variablesOf(ref.pattern);
  checkNames(ref, variables, report);
  const terms = (defining?: string) => new MatchTerms({ scope: input, time: order?.time, variables, defining, report });
  const definitions = ref.definitions.flatMap(({ variable, condition }) => {
    const bound = terms(variable.text).bindCondition(condition);
    return bound === undefined ? [] : [[variable.text, bound] as const];
  });
  const measures = ref.measures.flatMap(({ expr, name }) => {
    const bound = terms().bindMeasure(expr);
    return bound === undefined ? [] : [{ name: name.text, bound }];
  });
  const pattern = planPattern(ref.pattern);
  if (minimumOf(pattern) === 0) {
    report.error(
      'sql.unsupported',
      ref.pattern,
      'The pattern may match no row at all: let one variable occur at least once.',
    );
  }
  const withinMs = bindWithin(ref, report);
  const afterMatch = bindAfterMatch(ref.afterMatch, variables, report);
  if (report.errorCount > errorsBefore || partition === undefined || order === undefined) return undefined;
  if (afterMatch === undefined) return undefined;
  const work: WorkOf<'match'> = {
    kind: 'match',
    partition: partition.keys,
    ...order,
    pattern,
    definitions: Object.fromEntries(definitions),
    measures: measures.map(({ bound }) => bound),
    afterMatch,
    withinMs,
  };
  return scopeOf(ref, work, partition, measures);
}

function scopeOf(
  ref: MatchTable,
  work: WorkOf<'match'>,
  { input, keys, named }: MatchPartition,
  measures: readonly { readonly name: string; readonly bound: MatchExpression }[],
): FilledScope {
  const fields: readonly Field[] = [
    ...keys.flatMap((key, at) => {
      const [type, name] = [input.fields[key]?.type, input.fields[named[at] ?? key]?.name];
      return type === undefined || name === undefined ? [] : [{ name, type }];
    }),
    ...measures.map(({ name, bound }) => ({ name, type: bound.expression.type })),
  ];
  const time = measures.findIndex(({ bound }) => isRowTime(bound, work));
  const eventTime = time < 0 ? undefined : keys.length + time;
  const matches = step(work, [input], eventTime, { fields });
  const isCoded = keys.some((key, at) => key !== named[at]);
  const values = fields.map((_, at): Expression => {
    const value = columnOf(matches, at);
    return keys[at] === named[at] ? value : decoded(value, input.fields[named[at] ?? 0]?.type);
  });
  const names = fields.map(({ name }) => name);
  return {
    relation: isCoded ? project(matches, values, names) : matches,
    qualifier: ref.alias?.text,
    broken: new Set(),
  };
}

/** MATCH_ROWTIME() alone: the event time of the last row of the match. */
function isRowTime({ terms, expression }: MatchExpression, { time }: WorkOf<'match'>): boolean {
  const [term] = terms;
  if (expression.kind !== 'column' || term === undefined || terms.length !== 1) return false;
  const { variable, take } = term;
  if (variable !== '*' || take.kind !== 'last' || take.offset !== 0) return false;
  return take.expression.kind === 'column' && take.expression.index === time;
}

function variablesOf(pattern: PatternExpr): readonly string[] {
  switch (pattern.kind) {
    case 'variable':
      return [pattern.name.text];
    case 'repeat':
      return variablesOf(pattern.part);
    default:
      return [...new Set(pattern.parts.flatMap(variablesOf))];
  }
}

function checkNames(ref: MatchTable, variables: readonly string[], report: Report): void {
  const defined = new Set<string>();
  for (const { variable } of ref.definitions) {
    if (!variables.includes(variable.text)) unknownVariable(variable, variables, report);
    if (defined.has(variable.text)) {
      report.error('sql.duplicate-name', variable, `${variable.text} is defined twice: join the conditions by AND.`);
    }
    defined.add(variable.text);
  }
  const named = new Set<string>();
  for (const { name } of ref.measures) {
    if (named.has(name.text)) {
      report.error('sql.duplicate-name', name, `Two measures are called ${name.text}: rename one of them.`);
    }
    named.add(name.text);
  }
}

function planPattern(pattern: PatternExpr): RowPattern {
  switch (pattern.kind) {
    case 'variable':
      return { kind: 'variable', name: pattern.name.text };
    case 'repeat': {
      const { min, max, greedy } = pattern;
      return { kind: 'repeat', part: planPattern(pattern.part), min, max, greedy };
    }
    default:
      return { kind: pattern.kind, parts: pattern.parts.map(planPattern) };
  }
}

/** The least number of rows a pattern can match. */
function minimumOf(pattern: RowPattern): number {
  switch (pattern.kind) {
    case 'variable':
      return 1;
    case 'repeat':
      return pattern.min * minimumOf(pattern.part);
    case 'sequence':
      return pattern.parts.reduce((sum, part) => sum + minimumOf(part), 0);
    case 'alternation':
      return Math.min(...pattern.parts.map(minimumOf));
  }
}

function bindWithin({ within }: MatchTable, report: Report): number | undefined {
  if (within?.kind !== 'interval') return undefined;
  const bound = bindInterval(within, report);
  if (bound === undefined) return undefined;
  const isDuration = bound.type.kind === 'interval' && bound.type.unit === 'milliseconds';
  if (isDuration && bound.kind === 'literal' && Number(bound.value) > 0) return Number(bound.value);
  return report.error('sql.invalid-window', within, 'WITHIN takes an INTERVAL of days or less, greater than zero.');
}

function bindAfterMatch(
  clause: AfterMatchClause,
  variables: readonly string[],
  report: Report,
): AfterMatch | undefined {
  if (!('variable' in clause)) return clause;
  const { kind, variable } = clause;
  if (!variables.includes(variable.text)) return unknownVariable(variable, variables, report);
  return { kind, variable: variable.text };
}
