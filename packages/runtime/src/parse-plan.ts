import { StreamError } from '@millrace/model';
import { inputsOf, type LogicalPlan } from '@millrace/plan';
import { z } from 'zod';

const node = z.looseObject({
  id: z.string().min(1),
  label: z.string(),
  schema: z.looseObject({ fields: z.array(z.unknown()) }),
});
const input = z.string();
const connected = { table: z.string(), connector: z.string(), options: z.record(z.string(), z.string()) };

const planSchema = z.looseObject({
  nodes: z
    .array(
      z.discriminatedUnion('kind', [
        node.extend({ kind: z.literal('source'), ...connected }),
        node.extend({ kind: z.literal('dead-letter'), input }),
        node.extend({ kind: z.literal('filter'), input, predicate: z.unknown() }),
        node.extend({ kind: z.literal('project'), input, expressions: z.array(z.unknown()) }),
        node.extend({
          kind: z.literal('watermark'),
          input,
          column: z.int(),
          delayMs: z.number(),
          idleTimeoutMs: z.number(),
        }),
        node.extend({
          kind: z.literal('window-aggregate'),
          input,
          keys: z.array(z.int()),
          timeColumn: z.int(),
          window: z.looseObject({ kind: z.enum(['tumble', 'hop', 'cumulate']) }),
          calls: z.array(z.unknown()),
        }),
        node.extend({ kind: z.literal('union'), inputs: z.array(input).min(1) }),
        node.extend({ kind: z.literal('sink'), input, ...connected }),
      ]),
    )
    .min(1),
});

/**
 * The shape of a plan as it comes from the scheduler or the portal: kinds, ids, inputs before their readers.
 * Expressions were made by our own binder and are taken as they are. Throws `plan.malformed`.
 */
export function parsePlan(plan: unknown): LogicalPlan {
  const parsed = planSchema.safeParse(plan);
  if (!parsed.success) throw malformed(z.prettifyError(parsed.error));
  const logical = parsed.data as unknown as LogicalPlan;
  const before = new Set<string>();
  for (const node of logical.nodes) {
    for (const id of inputsOf(node)) {
      if (!before.has(id)) throw malformed(`${node.id} reads ${id}, which does not stand before it`);
    }
    if (before.has(node.id)) throw malformed(`two nodes are called ${node.id}`);
    before.add(node.id);
  }
  return logical;
}

function malformed(detail: string): StreamError {
  const message = 'The plan of this job cannot be read. Save the job again so that it is planned anew.';
  return new StreamError('plan.malformed', message, { domain: 'internal', retry: 'never', detail });
}
