import type { DerivedTable, JoinTable, LateralTable, Name, NamedTable, TableRef, WindowTable } from '../ast.ts';
import { changesRead } from '../connector-options.ts';
import type { Report } from '../diagnostic.ts';
import { type Relation, scan } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import { bindJoin, type FilledScope } from './join.ts';
import { bindLateral } from './lateral.ts';
import { bindLookupJoin, isLookup } from './lookup-join.ts';
import { bindMatch } from './match-recognize.ts';
import type { QueryContext } from './query-context.ts';
import { withinSize } from './relation-size.ts';
import { renameColumns } from './rename-columns.ts';
import { type Scope, unknownColumn, visibleColumns } from './scope.ts';
import type { BoundView } from './table.ts';
import { hintedOptions, withOptions } from './table-hint.ts';
import { bindTemporalJoin } from './temporal-join.ts';
import { bindUnnest, bindUnnestAlone } from './unnest.ts';
import { bindWindowSpec, timeColumnOf, windowFunctionOf, windowTable } from './window.ts';

/** The columns a FROM brings into scope. `relation` undefined: refused, already reported. */
export function bindTable(ref: TableRef, context: QueryContext): Scope | undefined {
  switch (ref.kind) {
    case 'named':
      return bindNamed(ref, context);
    case 'derived':
    case 'lateral':
      return bindDerived(ref, context);
    case 'window':
      return bindWindow(ref, context);
    case 'join':
      return bindJoinTable(ref, context);
    case 'unnest':
      return bindUnnestAlone(ref, context.report);
    case 'match': {
      const input = filled(bindTable(ref.input, context));
      return input && bindMatch(ref, input, context.report);
    }
  }
}

function filled(scope: Scope | undefined): FilledScope | undefined {
  return scope?.relation && { ...scope, relation: scope.relation };
}

function bindJoinTable(ref: JoinTable, context: QueryContext): Scope | undefined {
  const { report } = context;
  const left = filled(bindTable(ref.left, context));
  if (ref.right.kind === 'unnest') return left && bindUnnest(ref, ref.right, left, report);
  if (ref.right.kind === 'lateral') {
    const joined = left && bindLateral(ref, ref.right, left, context.binderFor(context), report);
    return joined && withinSize(joined.relation, ref, report) && joined;
  }
  const table = ref.right.kind === 'named' && ref.right.asOf !== undefined ? ref.right : undefined;
  const asked = table !== undefined && left !== undefined && isLookup(table, left) ? table : undefined;
  const onUse: QueryContext['onUse'] = (use) => context.onUse(asked === undefined ? use : { ...use, role: 'lookup' });
  const right = filled(
    bindTable(table === undefined ? ref.right : { ...table, asOf: undefined }, { ...context, onUse }),
  );
  if (left === undefined || right === undefined) return undefined;
  const whole = ref.natural ? { ...ref, using: sharedNames(left, right, ref.joinSpan) } : ref;
  const joined =
    asked !== undefined
      ? bindLookupJoin(whole, asked, left, right, report)
      : table !== undefined
        ? bindTemporalJoin(whole, table, left, right, report)
        : bindJoin(whole, left, right, context);
  return joined && withinSize(joined.relation, ref, report) && joined;
}

/** The columns NATURAL JOIN compares. */
function sharedNames(left: FilledScope, right: FilledScope, { from, to }: Span): readonly Name[] {
  const names = (scope: FilledScope) => visibleColumns(scope).map((index) => scope.relation.fields[index]?.name ?? '');
  const others = new Set(names(right));
  return [...new Set(names(left))].filter((name) => others.has(name)).map((text) => ({ text, from, to }));
}

function bindNamed(ref: NamedTable, context: QueryContext): Scope | undefined {
  const { catalog, report } = context;
  const table = catalog.get(ref.name.text);
  const qualifier = ref.alias?.text ?? ref.name.text;
  if (table === undefined) {
    const { hint, fix } = didYouMean(ref.name.text, ref.name, catalog.keys());
    if (hint === '' && context.mayMissTables) return undefined;
    const help = hint === '' ? ' Declare it with CREATE TABLE before this statement.' : hint;
    return report.error('sql.unknown-table', ref.name, `No table ${ref.name.text}.${help}`, fix);
  }
  if (ref.asOf !== undefined) {
    const message = 'FOR SYSTEM_TIME AS OF stands after the table on the right side of a JOIN.';
    return report.error('sql.syntax', ref.asOf, message);
  }
  const options = hintedOptions(ref.hints, report);
  if (options === undefined) return undefined;
  if (table.kind === 'view') return bindView(table, ref, qualifier, report);
  const hinted = withOptions(table, options);
  context.onUse({ table: hinted, role: 'source', at: ref.name });
  const columns = table.columns.map((_, index) => index);
  const read = scan(hinted, columns, changesRead(hinted) === 'append' ? 'append' : 'retract');
  const relation = renameColumns(read, ref.columns, ref.alias ?? ref.name, report);
  return relation && { relation, qualifier, broken: table.broken };
}

function bindView(view: BoundView, ref: NamedTable, qualifier: string, report: Report): Scope | undefined {
  const [hint] = ref.hints;
  if (hint !== undefined) {
    const message = `${view.name} is a query, and only a table has options: put the hint behind the table it reads.`;
    return report.error('sql.invalid-table', hint, message);
  }
  const relation = view.relation && renameColumns(view.relation, ref.columns, ref.alias ?? ref.name, report);
  return relation && { relation, qualifier, broken: new Set() };
}

function bindDerived(ref: DerivedTable | LateralTable, context: QueryContext): Scope | undefined {
  const query = context.bindQuery(ref.query, context);
  const relation = query && renameColumns(query, ref.columns, ref.alias ?? ref, context.report);
  return relation && { relation, qualifier: ref.alias?.text, broken: new Set() };
}

/** TUMBLE, HOP, CUMULATE(TABLE t, DESCRIPTOR(time), intervals) */
function bindWindow(ref: WindowTable, context: QueryContext): Scope | undefined {
  const { report } = context;
  const name = windowFunctionOf(ref.function.text);
  const input = bindTable(ref.input, context);
  const window = name && bindWindowSpec(name, ref.intervals, ref, report);
  if (input?.relation === undefined) return undefined;
  if (input.broken === 'unknown' || input.broken.has(ref.timeColumn.text)) return undefined;
  const timeColumn = timeColumnOf(ref.timeColumn, input.relation, report);
  const partition = bindPartition(ref, input.relation, report);
  if (timeColumn === undefined || window === undefined || partition === undefined) return undefined;
  const { relation } = input;
  return {
    relation: windowTable(relation, timeColumn, window, partition),
    qualifier: ref.alias?.text,
    broken: input.broken,
  };
}

/** The columns a session is made by. */
function bindPartition(ref: WindowTable, input: Relation, report: Report): readonly number[] | undefined {
  const columns = ref.partitionBy.map((name) => {
    const index = input.fields.findIndex((field) => field.name === name.text);
    if (index >= 0) return index;
    const names = input.fields.map((field) => field.name);
    return unknownColumn(name, names, report);
  });
  const known = columns.filter((column) => column !== undefined);
  return known.length === columns.length ? known : undefined;
}
