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

const spanSchema = z.object({ from: z.int(), to: z.int() });

export const argumentHelpSchema = z.object({
  /** Where the function's name begins. */
  at: z.int(),
  signature: z.string(),
  /** The parameter being written, as offsets into the signature; absent when the function takes fewer. */
  active: spanSchema.optional(),
  help: z.string(),
});
export type ArgumentHelpView = z.infer<typeof argumentHelpSchema>;

/** The text laid out; with a reason, the text as it was. */
export const formattedSchema = z.object({ text: z.string(), reason: z.string().optional() });
export type FormattedView = z.infer<typeof formattedSchema>;

export const OUTLINE_MAX = 1_000;

export const outlineSchema = z.object({
  statements: z
    .array(
      z.object({
        kind: z.enum(['table', 'view', 'function', 'insert', 'query', 'setting', 'question', 'drop', 'broken']),
        label: z.string(),
        from: z.int(),
        to: z.int(),
        /** The table an INSERT writes. */
        writes: z.string().optional(),
        /** The tables and views it reads. */
        reads: z.array(z.string()),
      }),
    )
    .max(OUTLINE_MAX),
});
export type OutlineView = z.infer<typeof outlineSchema>;

export const explanationSchema = planViewSchema.extend({ diagnostics: z.array(diagnosticSchema) });
export type Explanation = z.infer<typeof explanationSchema>;

export const cellSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const previewResultSchema = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(cellSchema)),
  rejected: z.object({ count: z.int(), example: z.string() }).nullable(),
  recordsRead: z.int(),
  /** `answered`: the statement asks about the script (EXPLAIN, SHOW, DESCRIBE), so nothing was read. */
  ended: z.enum(['rows', 'time', 'input-ended', 'answered']),
  /** What EXPLAIN shows. */
  plan: planViewSchema.optional(),
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
    summary: 'Explain the function, column, table, option, type or keyword at a place of a SQL text',
    permission: 'read',
    body: placeSchema,
    answer: z.object({ help: hoverSchema.nullable() }),
  }),
  arguments: endpoint({
    method: 'POST',
    path: '/sql/arguments',
    summary: 'Show the signature of the call at a place of a SQL text, and the parameter being written',
    permission: 'read',
    body: placeSchema,
    answer: z.object({ call: argumentHelpSchema.nullable() }),
  }),
  format: endpoint({
    method: 'POST',
    path: '/sql/format',
    summary: 'Lay out a SQL text; one with syntax errors comes back as it is, with the reason',
    permission: 'read',
    body: z.object({ text }),
    answer: formattedSchema,
  }),
  outline: endpoint({
    method: 'POST',
    path: '/sql/outline',
    summary: 'List the statements of a SQL text with their places, what they read and what they write',
    permission: 'read',
    body: z.object({ text }),
    answer: outlineSchema,
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
    summary:
      'Run a SQL text on live input for a few seconds and collect its rows, or answer EXPLAIN, SHOW and DESCRIBE; no sink is written',
    permission: 'work',
    body: z.object({
      text,
      maxRows: z.int().min(1).max(500).default(50),
      maxMs: z.int().min(500).max(30_000).default(8_000),
      /** What EXPLAIN plans for. */
      settings: settingsInputSchema.optional(),
    }),
    answer: previewResultSchema,
  }),
} as const;
