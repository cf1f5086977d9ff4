import type { Relation } from './relation.ts';
import { layoutOf } from './step-columns.ts';

export type WindowPart = 'start' | 'end' | 'time';
const PARTS: readonly WindowPart[] = ['start', 'end', 'time'];

/** Whether column `index` is a bound of the window its row belongs to, passed on unchanged (or cast between TIMESTAMP kinds). */
export function windowPartOf(relation: Relation, index: number): WindowPart | undefined {
  switch (relation.kind) {
    case 'scan':
      return undefined;
    case 'filter':
      return windowPartOf(relation.input, index);
    case 'window': {
      const part = PARTS[index - (relation.fields.length - 3)];
      return part ?? windowPartOf(relation.input, index);
    }
    case 'window-aggregate': {
      const part = PARTS[index - (relation.fields.length - 3)];
      const key = relation.keys[index];
      return part ?? (key === undefined ? undefined : windowPartOf(relation.input, key));
    }
    case 'union': {
      const parts = new Set(relation.inputs.map((input) => windowPartOf(input, index)));
      const [part] = parts;
      return parts.size === 1 ? part : undefined;
    }
    case 'project': {
      let expression = relation.expressions[index];
      if (expression?.kind === 'cast' && !expression.safe) expression = expression.arg;
      return expression?.kind === 'column' ? windowPartOf(relation.input, expression.index) : undefined;
    }
    case 'step': {
      const { work, inputs, fields } = relation;
      const widths = inputs.map((input) => input.fields.length);
      const column = layoutOf(work, widths, fields.length)[index];
      if (column === undefined) return undefined;
      if ('own' in column) return work.kind === 'window-assign' ? PARTS[column.own] : undefined;
      const input = inputs[column.input];
      return input && windowPartOf(input, column.index);
    }
  }
}
