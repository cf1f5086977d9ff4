import type { Expression, TimeRef } from '@millrace/plan';
import type { Relation } from './relation.ts';
import { layoutOf } from './step-columns.ts';

/**
 * The time that column `index` stands for, if it is a time attribute: the event time, or one PROCTIME() gives. The window_time of windows over
 * processing time is the event time behind them.
 */
export function timeAt(relation: Relation, index: number): TimeRef | undefined {
  if (relation.eventTime === index) return index;
  return isProcessingTimeAt(relation, index) ? 'processing' : undefined;
}

/** Whether column `index` is the clock, or the window_time of a window over it. */
export function isProcessingTimeAt(relation: Relation, index: number): boolean {
  switch (relation.kind) {
    case 'scan': {
      const column = relation.table.columns[relation.columns[index] ?? -1];
      return relation.changes === 'append' && column?.kind === 'computed' && isClock(column.expression);
    }
    case 'filter':
      return isProcessingTimeAt(relation.input, index);
    case 'window':
      return (
        isProcessingTimeAt(relation.input, index) ||
        (relation.timeColumn === 'processing' && index === relation.fields.length - 1)
      );
    case 'window-aggregate':
      return relation.timeColumn === 'processing' && index === relation.fields.length - 1;
    case 'union':
      return relation.inputs.every((input) => isProcessingTimeAt(input, index));
    case 'project': {
      const expression = relation.expressions[index];
      if (expression?.kind === 'column') return isProcessingTimeAt(relation.input, expression.index);
      return expression !== undefined && isClock(expression);
    }
    case 'step': {
      const { work, inputs, fields } = relation;
      const widths = inputs.map((input) => input.fields.length);
      const column = layoutOf(work, widths, fields.length)[index];
      if (column !== undefined && 'own' in column && work.kind === 'match') {
        const measure = work.measures[column.own];
        return measure !== undefined && isClock(measure.expression);
      }
      const isAligned = ALIGNED.has(work.kind);
      const input = column !== undefined && 'input' in column && isAligned ? inputs[column.input] : undefined;
      return (
        input !== undefined && column !== undefined && 'input' in column && isProcessingTimeAt(input, column.index)
      );
    }
  }
}

/** Steps whose rows leave when they come, so that the clock of a row stays the clock. */
const ALIGNED: ReadonlySet<string> = new Set(['over-aggregate', 'unnest', 'window-assign', 'lookup-join']);

/** PROCTIME() itself. */
export function isClock(expression: Expression): boolean {
  return expression.kind === 'call' && expression.name === 'proctime';
}

/** True when column `index` was the event time of one side of a regular join, which gives no event time. */
export function isForgottenByJoin(relation: Relation, index: number): boolean {
  switch (relation.kind) {
    case 'filter':
      return isForgottenByJoin(relation.input, index);
    case 'project': {
      const expression = relation.expressions[index];
      return expression?.kind === 'column' && isForgottenByJoin(relation.input, expression.index);
    }
    case 'step': {
      const { work, inputs, fields } = relation;
      if (work.kind !== 'join') return false;
      const widths = inputs.map((input) => input.fields.length);
      const column = layoutOf(work, widths, fields.length)[index];
      const input = column !== undefined && 'input' in column ? inputs[column.input] : undefined;
      return input !== undefined && column !== undefined && 'input' in column && input.eventTime === column.index;
    }
    default:
      return false;
  }
}
