import { planJob } from '@millrace/engine-dataflow/planner';
import type { JobSettings } from '@millrace/model';
import { type LogicalPlan, withDeadLetterTopic } from '@millrace/plan';
import { compile } from '@millrace/sql';
import { HttpError } from '../../../server/problem.ts';
import { connectorChecks } from './option-checker.ts';

/**
 * SQL and settings to the plan that is stored with a version. Throws 422 with every error of the text, each with its line and
 * column, and with every reason why the engine would not run the plan.
 */
export async function compileProgram(text: string, settings: JobSettings): Promise<LogicalPlan> {
  const { plan, diagnostics } = compile(text, { sinks: 'required', ...(await connectorChecks()) });
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (plan === undefined || errors.length > 0) {
    const listed = errors.map(({ line, column, message }) => ({ path: `sql:${line}:${column}`, message }));
    throw new HttpError(422, 'sql.invalid', errors[0]?.message ?? 'The program has no INSERT INTO.', listed);
  }
  const complete = settings.deadLetterTopic === undefined ? plan : withDeadLetterTopic(plan, settings.deadLetterTopic);
  const result = planJob(settings, complete);
  if (!result.ok) {
    throw new HttpError(
      422,
      'plan.refused',
      result.reasons[0] ?? 'The engine cannot run this.',
      result.reasons.map((message) => ({ path: 'sql', message })),
    );
  }
  return complete;
}
