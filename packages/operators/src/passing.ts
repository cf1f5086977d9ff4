import { CHANGE, hasLeftOut, type RecordBatch, selectedCount } from '@millrace/batch';
import type { Operator, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { FilterNode, ProjectNode, UnionNode } from '@millrace/plan';
import { compilePredicate, compileProjection } from './expression/compile.ts';
import { extractWatermark } from './expression/watermark-column.ts';

/** `watermark`: the last one that came; undefined before the first. */
type Transform = (batch: RecordBatch, now: number, watermark: number | undefined) => RecordBatch;

/**
 * Filter, project and union: batch in, batch out, nothing remembered, watermarks and idleness passed on. Row numbers and
 * `runs` are kept, so a watermark assigner may follow. A batch without a row left is not passed on, unless it tells of rows its source left out.
 */
function passing(transform: Transform): Operator {
  let now = (): number => 0;
  /** No state: after a restart it is learnt anew, as everywhere. */
  let watermark: number | undefined;
  return {
    state: [],
    open({ clock }) {
      now = () => clock.now();
    },
    process(batch, _input, out) {
      const result = transform(batch, now(), watermark);
      if (selectedCount(result) > 0 || hasLeftOut(result)) out.emit(result);
    },
    onWatermark(timestamp, out) {
      watermark = timestamp;
      out.emitWatermark(timestamp);
    },
    onIdle: (idle, out) => out.emitIdle(idle),
    onProcessingTime: () => {},
    flush: () => {},
    close: () => {},
  };
}

export function createFilter(node: FilterNode, input: Schema, functions?: UserFunctions): Operator {
  const asked = extractWatermark([node.predicate], input);
  const [condition = node.predicate] = asked?.expressions ?? [];
  const predicate = compilePredicate(condition, asked?.schema ?? input, node.label, functions);
  return passing((batch, now, watermark) => {
    const { selection } = predicate(asked?.run(batch, watermark) ?? batch, now);
    return { ...batch, ...endsAmong(batch, selection), selection, schema: node.schema };
  });
}

/**
 * A row that is taken back and whose replacement is not wanted is gone for good: a DELETE, or who keeps rows by key would wait for the new one. The
 * two stand one after the other in a batch.
 */
function endsAmong(
  { changes, selection: given, rows }: RecordBatch,
  selection: Int32Array | undefined,
): Pick<RecordBatch, 'changes'> {
  if (changes === undefined || selection === undefined) return {};
  let told: Uint8Array | undefined;
  let at = 0;
  for (let place = 0; place < selection.length; place++) {
    const row = selection[place] ?? 0;
    if (changes[row] !== CHANGE.updateBefore || row + 1 >= rows) continue;
    if (changes[row + 1] !== CHANGE.updateAfter || selection[place + 1] === row + 1) continue;
    while (given !== undefined && (given[at] ?? rows) < row + 1) at++;
    if (given !== undefined && given[at] !== row + 1) continue;
    told ??= changes.slice(0, rows);
    told[row] = CHANGE.delete;
  }
  return told === undefined ? {} : { changes: told };
}

export function createProject(node: ProjectNode, input: Schema, functions?: UserFunctions): Operator {
  const asked = extractWatermark(node.expressions, input);
  const project = compileProjection(
    asked?.expressions ?? node.expressions,
    asked?.schema ?? input,
    node.label,
    functions,
  );
  return passing((batch, now, watermark) => {
    const columns = project(asked?.run(batch, watermark) ?? batch, now);
    return { ...batch, schema: node.schema, columns };
  });
}

/** Rows of all inputs under the names of the first. */
export function createUnion(node: UnionNode): Operator {
  return passing((batch) => ({ ...batch, schema: node.schema }));
}
