import { withDeadLetterTopic } from '@millrace/plan';
import {
  api,
  COMPLETIONS_MAX,
  type CompletionsView,
  DEFAULT_SETTINGS,
  type DiagnosticView,
  type Explanation,
  OUTLINE_MAX,
  settingsInputSchema,
  settingsOf,
} from '@millrace/protocol/api';
import { argumentHelp, compile, complete, type Diagnostic, diagnose, format, hover, outline } from '@millrace/sql';
import { serve } from '../../../server/api.ts';
import { HttpError } from '../../../server/problem.ts';
import { answered } from './answered.ts';
import { connectorChecks } from './option-checker.ts';
import { optionProposals } from './option-proposals.ts';

import { planView } from './plan-view.ts';
import { runPreview } from './run-preview.ts';

serve(
  api.sql.diagnose,
  async ({ body }) => ({
    diagnostics: diagnose(body.text, { ...(await connectorChecks()) }).map(diagnosticView),
  }),
  600,
);

serve(
  api.sql.complete,
  async ({ body, request }): Promise<CompletionsView> => {
    const optionsOf = await optionProposals(request.signal);
    const { from, items } = complete(body.text, body.offset, { optionsOf });
    return { from, items: items.slice(0, COMPLETIONS_MAX) };
  },
  600,
);

serve(
  api.sql.hover,
  async ({ body, request }) => {
    const optionsOf = await optionProposals(request.signal);
    const help = hover(body.text, body.offset, { optionsOf });
    return { help: help === undefined ? null : { ...help, lines: [...help.lines] } };
  },
  600,
);

serve(api.sql.arguments, async ({ body }) => ({ call: argumentHelp(body.text, body.offset) ?? null }), 600);

serve(api.sql.format, async ({ body }) => format(body.text), 120);

serve(
  api.sql.outline,
  async ({ body }) => ({
    statements: outline(body.text)
      .slice(0, OUTLINE_MAX)
      .map((statement) => ({ ...statement, reads: [...statement.reads] })),
  }),
  600,
);

serve(
  api.sql.explain,
  async ({ body }): Promise<Explanation> => {
    const { plan, diagnostics } = compile(body.text, { ...(await connectorChecks()) });
    const listed = diagnostics.map(diagnosticView);
    if (plan === undefined) return { diagnostics: listed, graph: null, text: null, reasons: [] };
    const settings = settingsOf(body.settings ?? settingsInputSchema.parse(DEFAULT_SETTINGS));
    const whole = settings.deadLetterTopic === undefined ? plan : withDeadLetterTopic(plan, settings.deadLetterTopic);
    return { diagnostics: listed, ...planView(whole, settings) };
  },
  600,
);

serve(
  api.sql.preview,
  async ({ body, request }) => {
    const { preview, answer, diagnostics } = compile(body.text, { ...(await connectorChecks()) });
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (answer !== undefined && errors.length === 0) return answered(answer, body.settings);
    if (preview === undefined || errors.length > 0) {
      const listed = errors.map(({ line, column, message }) => ({ path: `sql:${line}:${column}`, message }));
      throw new HttpError(422, 'sql.invalid', errors[0]?.message ?? 'There is no query to preview.', listed);
    }
    return runPreview(preview, body, request.signal);
  },
  10,
);

/** Without the end as line and column: the offsets say it already. */
function diagnosticView({ severity, code, message, from, to, line, column, fix }: Diagnostic): DiagnosticView {
  return {
    severity,
    code,
    message,
    from,
    to,
    line,
    column,
    ...(fix === undefined ? {} : { fix: fix }),
  };
}
