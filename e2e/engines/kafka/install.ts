import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EngineMissing, findJava, resolveJars } from '../maven.ts';
import type { Messages } from './wire/messages.ts';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const POM = path.join(HERE, 'pom.xml');
const DUMP = path.join(HERE, 'DumpMessages.java');

/** A real Apache Kafka, ready to be started: every jar of the pom in one folder, and the layout of its messages. */
export interface KafkaInstall {
  readonly version: string;
  readonly java: string;
  readonly libs: string;
  messages(): Promise<Messages>;
}

/**
 * Resolves the pinned Kafka through Maven, once; later calls find it in the cache under node_modules. Throws
 * {@link EngineMissing} when Java or Maven is not there or cannot reach its repositories.
 */
export async function installKafka(): Promise<KafkaInstall> {
  const java = await findJava('Apache Kafka');
  const pom = readFileSync(POM, 'utf8');
  const version = /<kafka\.version>(.*)<\/kafka\.version>/.exec(pom)?.[1] ?? 'unknown';
  const digest = createHash('sha256').update(pom).update(readFileSync(DUMP)).digest('hex').slice(0, 8);
  const home = await resolveJars('Apache Kafka', POM, `kafka-${version}-${digest}`);
  const libs = path.join(home, 'libs');
  return { version, java, libs, messages: () => readMessages(java, libs, path.join(home, 'messages.json')) };
}

async function readMessages(java: string, libs: string, file: string): Promise<Messages> {
  if (!existsSync(file)) {
    const { stdout } = await run(java, ['-cp', `${libs}/*`, DUMP], { maxBuffer: 1 << 26 }).catch((error: Error) => {
      throw new EngineMissing(`DumpMessages.java needs a JDK, a runtime alone is not enough: ${error.message}`);
    });
    writeFileSync(`${file}.new`, stdout);
    renameSync(`${file}.new`, file);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Messages;
}
