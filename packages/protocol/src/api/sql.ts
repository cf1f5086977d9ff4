import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { planViewSchema } from './graph.ts';
import { SQL_CHARACTERS_MAX } from './jobs.ts';
import { settingsInputSchema } from './settings.ts';

const text = z.string().max(SQL_CHARACTERS_MAX);

/** `from` and `to` are UTF-16 offsets into the text, `to` exclusive; lines and columns count from 1. */
export const diagnosticSchema = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  from: z.int(),
  to: z.int(),
  line: z.int(),
  column: z.int(),
  /** An edit that would mend it: `from`..`to` becomes `insert`. */
  fix: z.object({ title: z.string(), insert: z.string(), from: z.int(), to: z.int() }).optional(),
});
export type DiagnosticView = z.infer<typeof diagnosticSchema>;

/** A place in a text: a UTF-16 offset from 0 to its length. */
const placeSchema = z
  .object({ text, offset: z.int().min(0) })
  .refine(({ text: whole, offset }) => offset <= whole.length, { path: ['offset'], error: 'is beyond the end' });

export const COMPLETIONS_MAX = 500;

export const completionsSchema = z.object({
  /** The text from here to the asked offset is what a proposal replaces. */
  from: z.int(),
  items: z
    .array(
      z.object({
        label: z.string(),
        /** What is written; the label when absent. */
        insert: z.string().optional(),
        kind: z.enum(['keyword', 'table', 'column', 'function', 'type', 'option', 'value']),
        detail: z.string().optional(),
      }),
    )
    .max(COMPLETIONS_MAX),
});
export type CompletionsView = z.infer<typeof completionsSchema>;

export const hoverSchema = z.object({ from: z.int(), to: z.int(), title: z.string(), lines: z.array(z.string()) });
export type HoverView = z.infer<typeof hoverSchema>;

export const explanationSchema = planViewSchema.extend({ diagnostics: z.array(diagnosticSchema) });
export type Explanation = z.infer<typeof explanationSchema>;

export const cellSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const previewResultSchema = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(cellSchema)),
  rejected: z.object({ count: z.int(), example: z.string() }).nullable(),
  recordsRead: z.int(),
  ended: z.enum(['rows', 'time', 'input-ended']),
});
export type PreviewResult = z.infer<typeof previewResultSchema>;

export const sqlApi = {
  diagnose: endpoint({
    method: 'POST',
    path: '/sql/diagnose',
    summary: 'Find what is wrong in a SQL text, with the place of each problem',
    permission: 'read',
    body: z.object({ text }),
    answer: z.object({ diagnostics: z.array(diagnosticSchema) }),
  }),
  complete: endpoint({
    method: 'POST',
    path: '/sql/complete',
    summary: 'Propose what may stand at a place of a SQL text that is being written',
    permission: 'read',
    body: placeSchema,
    answer: completionsSchema,
  }),
  hover: endpoint({
    method: 'POST',
    path: '/sql/hover',
    summary: 'Explain the function, column, table or view at a place of a SQL text',
    permission: 'read',
    body: placeSchema,
    answer: z.object({ help: hoverSchema.nullable() }),
  }),
  explain: endpoint({
    method: 'POST',
    path: '/sql/explain',
    summary: 'Show the graph an engine would run for a SQL text, or why it refuses',
    permission: 'read',
    body: z.object({ text, settings: settingsInputSchema.optional() }),
    answer: explanationSchema,
  }),
  preview: endpoint({
    method: 'POST',
    path: '/sql/preview',
    summary: 'Run a SQL text on live input for a few seconds and collect its rows; no sink is written',
    permission: 'work',
    body: z.object({
      text,
      maxRows: z.int().min(1).max(500).default(50),
      maxMs: z.int().min(500).max(30_000).default(8_000),
    }),
    answer: previewResultSchema,
  }),
} as const;
