import { type DataType, formatDataType, type Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';

const LENGTH_MAX = 120;

/** An expression as people read it in an error: `amount / quantity`, `CAST(price AS INT)`. Cut at 120 characters. */
export function describeExpression(expression: Expression, schema: Schema): string {
  const text = write(expression, schema);
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX - 1)}…` : text;
}

function write(expression: Expression, schema: Schema): string {
  switch (expression.kind) {
    case 'column':
      return schema.fields[expression.index]?.name ?? `column ${expression.index}`;
    case 'literal':
      if (expression.value === null) return 'NULL';
      return expression.type.kind === 'string' ? `'${String(expression.value)}'` : String(expression.value);
    case 'cast':
      return `${expression.safe ? 'TRY_CAST' : 'CAST'}(${write(expression.arg, schema)} AS ${typeName(expression.type)})`;
    case 'case':
      return 'CASE ... END';
    case 'user-call':
      return `${expression.function.name}(${expression.args.map((arg) => write(arg, schema)).join(', ')})`;
    case 'call': {
      const args = expression.args.map((arg) => write(arg, schema));
      const infix = /^([=<>+*/%-]+|and|or|like)$/.test(expression.name) && args.length > 1;
      return infix
        ? `(${args.join(` ${expression.name.toUpperCase()} `)})`
        : `${expression.name.toUpperCase().replaceAll('-', '_')}(${args.join(', ')})`;
    }
  }
}

function typeName(type: DataType): string {
  return formatDataType({ ...type, nullable: true });
}
