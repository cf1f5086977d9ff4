import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningBroker, runBroker } from '../../../packages/broker/src/testing/running-broker.ts';
import type { Allowed } from './differential/allowed.ts';
import { type Difference, differences, errorsIn, fieldsOf, Identities } from './differential/compare.ts';
import { play } from './differential/play.ts';
import { ALLOWED_SECURED, SECURED_HISTORY } from './differential/secured/index.ts';
import { USERS } from './differential/secured/log-in.ts';
import { installKafka } from './install.ts';
import { type RunningKafka, startKafka } from './start.ts';

/** What was found at one step: what Kafka answered in errors, and where ours differs without a reason. */
interface Found {
  readonly errors: readonly unknown[];
  readonly unexplained: readonly Difference[];
}

const found = new Map<object, Found>();
const used = new Set<Allowed>();
let kafka: RunningKafka | undefined;
let ours: RunningBroker | undefined;

beforeAll(async () => {
  const install = await installKafka();
  const messages = await install.messages();
  kafka = await startKafka(install, { features: ['transaction.version=0'], users: USERS });
  const listeners = [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }] as const;
  ours = await runBroker({ listeners, users: USERS, authorizer: 'acls', superUsers: ['User:root', 'User:ANONYMOUS'] });
  const port = ours.broker.listeners[1]?.port ?? 0;
  const identities = new Identities();
  for (const chapter of SECURED_HISTORY) {
    const [theirs, own] = await Promise.all([play(chapter, kafka.loginPort, messages), play(chapter, port, messages)]);
    for (const [i, step] of chapter.steps.entries()) {
      const [there, here] = [theirs[i], own[i]];
      if (there === undefined || here === undefined) throw new Error('a step was not played');
      const fields = fieldsOf(there, kafka.loginPort);
      const unexplained = differences(fields, fieldsOf(here, port), identities)
        .filter((difference) => difference.rule === undefined && !isAllowed(difference))
        .map(({ rule: _, ...rest }) => rest);
      found.set(step, { errors: errorsIn(fields), unexplained });
    }
  }
}, 600_000);

afterAll(async () => {
  await kafka?.[Symbol.asyncDispose]();
  await ours?.[Symbol.asyncDispose]();
});

function isAllowed({ field, kafka, ours }: Difference): boolean {
  const rule = ALLOWED_SECURED.find((each) => each.field.test(field) && (each.when?.(kafka, ours) ?? true));
  if (rule !== undefined) used.add(rule);
  return rule !== undefined;
}

describe.each(SECURED_HISTORY)('$title: ours answers as Apache Kafka does', ({ steps }) => {
  it.each(steps.map((step, i) => [`${i + 1} ${step.title}`, step] as const))('%s', (_, step) => {
    const { errors, unexplained } = found.get(step) ?? { errors: ['not played'], unexplained: [] };
    if ('call' in step) expect(errors, 'the errors that Apache Kafka answers').toEqual([...(step.gives ?? [])]);
    expect(unexplained).toEqual([]);
  });
});

it('every allowed difference still exists', () => {
  expect(ALLOWED_SECURED.filter((rule) => !used.has(rule)).map(({ why }) => why)).toEqual([]);
});
