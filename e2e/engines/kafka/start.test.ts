import { expect, it } from 'vitest';
import { installKafka } from './install.ts';
import { startKafka } from './start.ts';
import { Connection } from './wire/connection.ts';

it('a real Apache Kafka answers while it runs, and is gone with its folder when it is stopped', async () => {
  const install = await installKafka();
  const kafka = await startKafka(install);
  const connection = await Connection.open(kafka.port, await install.messages());
  const answer = await connection.call({ api: 'ApiVersions', version: 0, body: {} });
  connection.close();
  await kafka[Symbol.asyncDispose]();
  expect(answer).toMatchObject({ error_code: 0 });
  expect(() => process.kill(kafka.pid, 0)).toThrow('ESRCH');
  await expect(Connection.open(kafka.port, {})).rejects.toThrow('ECONNREFUSED');
});
