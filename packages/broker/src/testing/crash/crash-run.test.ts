import { expect, it } from 'vitest';
import { runBroker } from '../running-broker.ts';
import { verifyAll } from './crash-run.ts';
import { TransactionalWriter } from './transactional-writer.ts';

it('what one writer left open when the broker was killed does not count against what another has committed', async () => {
  let losesTheEnd = true;
  const fault = ({ apiKey }: { apiKey: number }) =>
    losesTheEnd && apiKey === 26 ? ({ kind: 'drop-before' } as const) : undefined;
  await using run = await runBroker({ fault });
  await run.client.createTopic('exact', 2);
  const always = () => 0.5;
  const [interrupted, finished] = ['left open', 'committed'].map((id) => new TransactionalWriter('exact', id, always));
  if (interrupted === undefined || finished === undefined) throw new Error('two writers');
  const lost = await run.connect();
  await interrupted.begin(lost);
  await expect(interrupted.step(lost)).rejects.toThrow('closed the connection');
  losesTheEnd = false;
  await finished.begin(run.client);
  await finished.step(run.client);
  await verifyAll(run.client, [finished, interrupted]);
  expect(finished.summary()).toContain('1 committed');
});
