import { installFlink } from './flink/install.ts';
import { installKafka } from './kafka/install.ts';
import { EngineMissing } from './maven.ts';
import { installPlatformatic } from './platformatic/install.ts';

/** Downloads the engines that the tests run, once, or explains why it cannot. */
try {
  console.log('Apache Kafka comes through Maven (about 60 MB the first time) ...');
  const { version } = await installKafka();
  console.log(`Apache Kafka ${version} is ready.`);
  console.log('Apache Flink comes through Maven (about 170 MB the first time) ...');
  console.log(`Apache Flink ${(await installFlink()).version} is ready.`);
  console.log(
    '@platformatic/kafka, and a Node.js that is new enough for it, come through npm (about 60 MB the first time) ...',
  );
  await installPlatformatic();
} catch (error) {
  if (!(error instanceof EngineMissing)) throw error;
  console.error(`The engine tests cannot run here. ${error.message}`);
  process.exitCode = 1;
}
