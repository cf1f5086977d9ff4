/** The tree of a script, as the parser makes it. */
export type * from './ast/expression.ts';
export type * from './ast/name.ts';
export type * from './ast/query.ts';
export type * from './ast/statement.ts';
export * from './ast/table-declaration.ts';
export type * from './ast/table-ref.ts';
