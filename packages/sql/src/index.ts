export type { Answer } from './answer.ts';
export {
  type Compilation,
  type CompileOptions,
  compile,
  diagnose,
  previewOf,
} from './compile.ts';
export { recordChangesOf } from './connector-options.ts';
export { type Diagnostic, type Fix, SQL_CODES, type SqlCode } from './diagnostic.ts';
export { type ArgumentHelp, argumentHelp } from './editor/argument-help.ts';
export { complete } from './editor/complete.ts';
export { type Hover, hover } from './editor/hover.ts';
export { type OutlineEntry, outline } from './editor/outline.ts';
export type { Completion, CompletionOptions, Completions, OptionProposal } from './editor/proposal.ts';
export { type Formatted, format } from './format/format.ts';
export { FUNCTIONS } from './functions/catalog.ts';
export type { FunctionDefinition } from './functions/definition.ts';
export { KEYWORDS } from './keyword.ts';
export type { OptionProblem, TableRole } from './option-check.ts';
export type { ColumnInfo, TableDefinition } from './table-definition.ts';
