import type { FlinkAnswer } from './flink.ts';

/** What a query says when its input has ended: its rows after all changes, one line each, sorted; or that it is refused. */
export function finalRows(answer: FlinkAnswer): readonly string[] {
  if ('error' in answer) return [`refused: ${answer.error}`];
  const counts = new Map<string, number>();
  for (const [change, ...values] of answer.rows) {
    const line = values.map((value, at) => oneForm(value, answer.columns[at]?.type ?? '')).join(' | ');
    counts.set(line, (counts.get(line) ?? 0) + (change === '+I' || change === '+U' ? 1 : -1));
  }
  return [...counts].flatMap(([line, count]) => (count < 0 ? [`taken back: ${line}`] : Array(count).fill(line))).sort();
}

/** Whether both say the same. Two refusals are: the words are each engine's own. */
export function agree(flink: FlinkAnswer, ours: FlinkAnswer): boolean {
  if ('error' in flink || 'error' in ours) return 'error' in flink && 'error' in ours;
  return finalRows(flink).join('\n') === finalRows(ours).join('\n');
}

/** Floating point to 12 digits: the order of additions is each engine's own. */
function oneForm(value: string | null | undefined, type: string): string {
  if (value === null || value === undefined) return 'NULL';
  return /^(DOUBLE|FLOAT)/.test(type) ? String(Number(Number(value).toPrecision(12))) : value;
}
