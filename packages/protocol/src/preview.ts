import { z } from 'zod';

/**
 * Preview: a short-lived process of the runtime reads one `previewRequest` as JSON from stdin, runs the plan in one
 * process without any sink, and writes one JSON message per line to stdout. It ends by itself at the
 * row or time limit, or when stdin closes.
 */
export const previewRequestSchema = z.object({
  /** A LogicalPlan whose only sink has connector `preview`. Options resolved. */
  plan: z.unknown(),
  maxRows: z.int().min(1).max(1_000),
  maxMs: z.int().min(100).max(60_000),
});
export type PreviewRequest = z.infer<typeof previewRequestSchema>;

export const previewMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('schema'), columns: z.array(z.object({ name: z.string(), type: z.string() })) }),
  /** Values as JSON; BIGINT and DECIMAL as strings, TIMESTAMP as `2026-11-24 00:12:31.123`. */
  z.object({
    kind: z.literal('rows'),
    rows: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  }),
  z.object({ kind: z.literal('rejected'), count: z.int(), example: z.string() }),
  z.object({ kind: z.literal('end'), reason: z.enum(['rows', 'time', 'input-ended']), recordsRead: z.int() }),
  z.object({ kind: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type PreviewMessage = z.infer<typeof previewMessageSchema>;
