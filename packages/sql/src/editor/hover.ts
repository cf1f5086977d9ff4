import { formatDataType } from '@millrace/model';
import { check } from '../compile.ts';
import { findFunction } from '../functions/catalog.ts';
import { surroundingsOf, visibleColumns } from './surroundings.ts';

/** What is known about the word at a place: a headline and plain sentences or lines. */
export interface Hover {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly lines: readonly string[];
}

/** Help for the function, column, table or view whose name is at `offset` (UTF-16); undefined for anything else. */
export function hover(text: string, offset: number): Hover | undefined {
  const { current, statement, before } = surroundingsOf(text, offset + 1);
  if (current === undefined || current.kind === 'string') return undefined;
  const { from, to, text: name } = current;
  const next = statement.find((token) => token.from >= to);
  const definition = next?.word === '(' || before.length > 0 ? findFunction(name) : undefined;
  if (
    definition !== undefined &&
    (next?.word === '(' || definition.signatures.some((signature) => signature.startsWith(`${definition.name} `)))
  ) {
    return { from, to, title: definition.name, lines: [...definition.signatures, definition.help] };
  }
  const { bound } = check(text, {});
  const column = visibleColumns(statement, bound).find((candidate) => candidate.name === name);
  if (column !== undefined) {
    const time = column.isEventTime ? ['Event time: the watermark of the table follows it.'] : [];
    return {
      from,
      to,
      title: `${name} ${formatDataType(column.type)}`,
      lines: [`Column of ${column.table}.`, ...time],
    };
  }
  const table = bound.tables.find((candidate) => candidate.name === name);
  if (table !== undefined) {
    const columns = table.columns.map((each) => `${each.name} ${formatDataType(each.type)}`);
    return { from, to, title: `table ${name}`, lines: columns };
  }
  const view = bound.views.find((candidate) => candidate.name === name);
  if (view === undefined) return undefined;
  const columns = (view.relation?.fields ?? []).map((field) => `${field.name} ${formatDataType(field.type)}`);
  return { from, to, title: `view ${name}`, lines: columns };
}
