import { isSecretOption } from '@millrace/connectors/options';
import type { LogicalPlan } from '@millrace/plan';

const SECRET_NAME = /password|passwd|secret|token|api[-_.]?key|private[-_.]?key|jaas|credential/i;
/** JAAS keeps several values in one option. */
const QUOTED = /"((?:[^"\\]|\\.)+)"/g;

/** The values of a plan's connector options that must not reach a log, by the names of the options. */
export function secretsOf(plan: LogicalPlan): readonly string[] {
  return plan.nodes.flatMap((node) => {
    if (!('options' in node)) return [];
    const isSecret = (name: string) => SECRET_NAME.test(name) || isSecretOption(node.connector, name);
    const secret = Object.entries(node.options).filter(([name]) => isSecret(name));
    return secret.flatMap(([, value]) => [value, ...Array.from(value.matchAll(QUOTED), ([, inner = '']) => inner)]);
  });
}
