import { checkOptions } from '@millrace/connectors/options';
import { planJob } from '@millrace/engine-dataflow/planner';
import type { JobSettings } from '@millrace/model';
import { withDeadLetterTopic } from '@millrace/plan';
import {
  DEFAULT_SETTINGS,
  diagnosticSchema,
  explainRequestSchema,
  explanationSchema,
  previewQuerySchema,
  previewResultSchema,
  sqlTextSchema,
} from '@millrace/protocol/api';
import { compile, diagnose } from '@millrace/sql';
import { z } from 'zod';
import { route } from '../../../server/api.ts';
import { HttpError } from '../../../server/problem.ts';
import { runPreview } from './run-preview.ts';

route(
  {
    method: 'post',
    path: '/sql/diagnose',
    summary: 'Everything wrong with a text, each with its place',
    permission: 'read',
    body: sqlTextSchema,
    answer: z.object({ items: z.array(diagnosticSchema) }),
    perMinute: 600,
  },
  async ({ body }) => ({ items: [...diagnose(body.text, { checkOptions })] }),
);

route(
  {
    method: 'post',
    path: '/sql/explain',
    summary: 'The graph the engine would run, or why it would not',
    permission: 'read',
    body: explainRequestSchema,
    answer: explanationSchema,
    perMinute: 600,
  },
  async ({ body }) => {
    const { plan, diagnostics } = compile(body.text, { checkOptions });
    if (plan === undefined) return { diagnostics: [...diagnostics], graph: null, reasons: [] };
    const settings = { ...DEFAULT_SETTINGS, ...body.settings } as unknown as JobSettings;
    const complete =
      settings.deadLetterTopic === undefined ? plan : withDeadLetterTopic(plan, settings.deadLetterTopic);
    const result = planJob(settings, complete);
    if (!result.ok) return { diagnostics: [...diagnostics], graph: null, reasons: [...result.reasons] };
    const { vertices, edges } = result.plan;
    return {
      diagnostics: [...diagnostics],
      graph: {
        vertices: vertices.map(({ id, label, chain, parallelism }) => ({
          id,
          label,
          parallelism,
          operators: chain.map((node) => ({ id: node.id, kind: node.kind, label: node.label })),
        })),
        edges: edges.map(({ from, to, partitioning }) => ({ from, to, partitioning: partitioning.kind })),
      },
      reasons: [],
    };
  },
);

route(
  {
    method: 'post',
    path: '/sql/preview',
    summary: 'Rows of a query over live data; no sink is touched',
    permission: 'work',
    body: previewQuerySchema,
    answer: previewResultSchema,
    perMinute: 10,
  },
  async ({ body, request }) => {
    const { preview, diagnostics } = compile(body.text, { checkOptions });
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (preview === undefined || errors.length > 0) {
      throw new HttpError(
        422,
        'sql.invalid',
        errors[0]?.message ?? 'There is no query to preview.',
        errors.map(({ line, column, message }) => ({ path: `sql:${line}:${column}`, message })),
      );
    }
    return runPreview(preview, body, request.signal);
  },
);
