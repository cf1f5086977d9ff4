import { checkOptions } from '@millrace/connectors/options';
import { planJob } from '@millrace/engine-dataflow/planner';
import { withDeadLetterTopic } from '@millrace/plan';
import { api, DEFAULT_SETTINGS, type Explanation, settingsInputSchema, settingsOf } from '@millrace/protocol/api';
import { compile, complete, diagnose } from '@millrace/sql';
import { serve } from '../../../server/api.ts';
import { HttpError } from '../../../server/problem.ts';
import { runPreview } from './run-preview.ts';

serve(api.sql.diagnose, 'read', async ({ body }) => ({ diagnostics: [...diagnose(body.text, { checkOptions })] }), 600);

serve(api.sql.complete, 'read', async ({ body }) => complete(body.text, body.offset), 600);

serve(
  api.sql.explain,
  'read',
  async ({ body }): Promise<Explanation> => {
    const { plan, diagnostics } = compile(body.text, { checkOptions });
    if (plan === undefined) return { diagnostics: [...diagnostics], graph: null, reasons: [] };
    const settings = settingsOf(body.settings ?? settingsInputSchema.parse(DEFAULT_SETTINGS));
    const whole = settings.deadLetterTopic === undefined ? plan : withDeadLetterTopic(plan, settings.deadLetterTopic);
    const result = planJob(settings, whole);
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
  600,
);

serve(
  api.sql.preview,
  'work',
  async ({ body, request }) => {
    const { preview, diagnostics } = compile(body.text, { checkOptions, previewStatement: body.statement });
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (preview === undefined || errors.length > 0) {
      const listed = errors.map(({ line, column, message }) => ({ path: `sql:${line}:${column}`, message }));
      throw new HttpError(422, 'sql.invalid', errors[0]?.message ?? 'There is no query to preview.', listed);
    }
    return runPreview(preview, body, request.signal);
  },
  10,
);
