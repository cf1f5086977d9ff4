import type { JobSettings, OperatorId } from '@millrace/model';
import { inputsOf, type LogicalNode, type LogicalPlan } from '@millrace/plan';

const KNOWN_KINDS: Readonly<Record<LogicalNode['kind'], boolean>> = {
  source: true,
  'dead-letter': true,
  filter: true,
  project: true,
  expand: true,
  unnest: true,
  replicate: true,
  watermark: true,
  'window-assign': true,
  'window-aggregate': true,
  'group-aggregate': true,
  'over-aggregate': true,
  rank: true,
  deduplicate: true,
  'temporal-sort': true,
  limit: true,
  'changelog-normalize': true,
  join: true,
  'interval-join': true,
  'window-join': true,
  'temporal-join': true,
  'lookup-join': true,
  match: true,
  union: true,
  sink: true,
};

/** Everything that keeps this engine from running the plan, in the words of the person who wrote the job. Pure. */
export function refusals(settings: JobSettings, logical: LogicalPlan, parallelismMax: number): readonly string[] {
  return [...settingsRefusals(settings, parallelismMax), ...graphRefusals(logical.nodes)];
}

function settingsRefusals(settings: JobSettings, parallelismMax: number): string[] {
  const { parallelism } = settings;
  if (Number.isInteger(parallelism) && parallelism >= 1 && parallelism <= parallelismMax) return [];
  return [`Parallelism must be a whole number from 1 to ${parallelismMax}; it is ${parallelism}.`];
}

function graphRefusals(nodes: readonly LogicalNode[]): string[] {
  const reasons: string[] = [];
  const seen = new Map<OperatorId, LogicalNode>();
  for (const node of nodes) {
    if (!Object.hasOwn(KNOWN_KINDS, node.kind)) {
      reasons.push(`The dataflow engine cannot run "${node.label}": it does not know steps of kind ${node.kind}.`);
      continue;
    }
    if (seen.has(node.id)) reasons.push(`Two steps have the id ${node.id}; ids must differ.`);
    for (const input of inputsOf(node)) {
      if (!seen.has(input)) reasons.push(`"${node.label}" reads ${input}, which does not stand before it.`);
      if (node.kind === 'dead-letter' && seen.get(input)?.kind !== 'source') {
        reasons.push(`"${node.label}" takes rejected records and must read a source; ${input} is none.`);
      }
    }
    seen.set(node.id, node);
  }
  if (!nodes.some((node) => node.kind === 'source')) reasons.push('The plan has no source: nothing would be read.');
  if (!nodes.some((node) => node.kind === 'sink')) reasons.push('The plan has no sink: nothing would be written.');
  return reasons;
}
