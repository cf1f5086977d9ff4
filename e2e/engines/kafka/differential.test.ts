import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningBroker, runBroker } from '../../../packages/broker/src/testing/running-broker.ts';
import { ALLOWED, type Allowed, OPEN } from './differential/allowed.ts';
import { HISTORY } from './differential/chapters/index.ts';
import { type Difference, differences, errorsIn, fieldsOf, Identities } from './differential/compare.ts';
import { type Outcome, play } from './differential/play.ts';
import { installKafka } from './install.ts';
import { type RunningKafka, startKafka } from './start.ts';

/** What was found at one step of the history. */
interface Found {
  readonly errors: unknown[];
  readonly kafka: Outcome;
  readonly unexplained: readonly Difference[];
}

const found = new Map<object, Found>();
const used = new Set<Allowed>();
let kafka: RunningKafka | undefined;
let ours: RunningBroker | undefined;

beforeAll(async () => {
  const install = await installKafka();
  const messages = await install.messages();
  // Kafka's transactions of the second kind are for clients that are told of them; ours does not offer them.
  const properties = {
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
    // Ours lets members be missed sooner, for tests that restart them.
    'group.min.session.timeout.ms': '100',
  };
  kafka = await startKafka(install, { features: ['transaction.version=0'], properties });
  ours = await runBroker();
  const identities = new Identities();
  for (const chapter of HISTORY) {
    const [theirs, own] = await Promise.all([play(chapter, kafka.port, messages), play(chapter, ours.port, messages)]);
    for (const [i, step] of chapter.steps.entries()) {
      const [there, here] = [theirs[i], own[i]];
      if (there === undefined || here === undefined) throw new Error('a step was not played');
      const fields = fieldsOf(there, kafka.port);
      const all = differences(fields, fieldsOf(here, ours.port), identities);
      for (const { rule } of all) if (rule !== undefined) used.add(rule);
      const unexplained = all.filter(({ rule }) => rule === undefined).map(({ rule: _, ...rest }) => rest);
      found.set(step, { errors: errorsIn(fields), kafka: there, unexplained });
    }
  }
}, 600_000);

afterAll(async () => {
  await kafka?.[Symbol.asyncDispose]();
  await ours?.[Symbol.asyncDispose]();
});

describe.each(HISTORY)('$title: ours answers as Apache Kafka does', ({ title, steps }) => {
  it.each(steps.map((step) => [step.title, step] as const))('%s', (_, step) => {
    const { errors, kafka, unexplained } = found.get(step) ?? { errors: [], kafka: undefined, unexplained: [] };
    expect(kafka, 'Apache Kafka itself did not play this step').not.toMatchObject({ kind: 'failed' });
    if ('call' in step || 'finish' in step) {
      const parked = 'parked' in step && step.parked === true;
      if (!parked) expect(errors, 'the errors that Apache Kafka answers').toEqual([...(step.gives ?? [])]);
    }
    if (OPEN.has(`${title}: ${step.title}`)) expect(unexplained, 'mended: delete its line in OPEN').not.toEqual([]);
    else expect(unexplained).toEqual([]);
  });
});

it('the open differences are steps of the history', () => {
  const titles = HISTORY.flatMap((chapter) => chapter.steps.map((step) => `${chapter.title}: ${step.title}`));
  expect([...OPEN].filter((name) => !titles.includes(name))).toEqual([]);
  expect(titles.length, 'titles are told apart').toBe(new Set(titles).size);
});

it('every allowed difference still exists', () => {
  expect(ALLOWED.filter((rule) => !used.has(rule)).map(({ field, why }) => `${field}: ${why}`)).toEqual([]);
});
