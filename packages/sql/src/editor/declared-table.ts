import type { Catalog } from '../bind/table.ts';
import type { Token } from '../token.ts';
import { declaredColumns } from './named-here.ts';
import { columnsNamed, type VisibleColumn } from './query-scope.ts';

/** The place is in a statement that declares or alters a table, and in no query of it. */
export function isDeclaration(before: readonly Token[]): boolean {
  const [first] = before;
  if (first?.word !== 'CREATE' && first?.word !== 'ALTER' && first?.word !== 'REPLACE') return false;
  return !before.some(({ word }) => word === 'SELECT') && !(before.at(-1)?.word === 'AS' && before[1]?.word === 'VIEW');
}

/** The columns such a statement may name: those it declares, and those of the table it is like or alters. */
export function tableColumns(statement: readonly Token[], catalog: Catalog): readonly VisibleColumn[] {
  const own = declaredColumns(statement);
  const others = columnsNamed(otherTable(statement) ?? '', catalog, undefined);
  return [...own, ...others.filter(({ name }) => !own.some((column) => column.name === name))];
}

/** The table a statement takes parts of: LIKE t, or ALTER TABLE [IF EXISTS] t. */
export function otherTable(statement: readonly Token[]): string | undefined {
  if (statement[0]?.word === 'ALTER') return statement[statement[2]?.word === 'IF' ? 4 : 2]?.text;
  const like = statement.findIndex(({ word }) => word === 'LIKE');
  return like < 0 ? undefined : statement[like + 1]?.text;
}
