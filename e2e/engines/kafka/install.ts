import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Messages } from './wire/messages.ts';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/millrace-engines', import.meta.url));
const POM = path.join(HERE, 'pom.xml');
const DUMP = path.join(HERE, 'DumpMessages.java');
const DOWNLOAD_MS_MAX = 15 * 60_000;
const JAVA_MIN = 17;

/** A real Apache Kafka, ready to be started: every jar of the pom in one folder, and the layout of its messages. */
export interface KafkaInstall {
  readonly version: string;
  readonly java: string;
  readonly libs: string;
  messages(): Promise<Messages>;
}

/** Why a real engine cannot run here, and what to do about it. */
export class EngineMissing extends Error {
  override readonly name = 'EngineMissing';
}

/**
 * Resolves the pinned Kafka through Maven, once; later calls find it in the cache under node_modules. Throws
 * {@link EngineMissing} when Java or Maven is not there or cannot reach its repositories.
 */
export async function installKafka(): Promise<KafkaInstall> {
  const java = await findJava();
  const pom = readFileSync(POM, 'utf8');
  const version = /<kafka\.version>(.*)<\/kafka\.version>/.exec(pom)?.[1] ?? 'unknown';
  const digest = createHash('sha256').update(pom).update(readFileSync(DUMP)).digest('hex').slice(0, 8);
  const home = path.join(CACHE, `kafka-${version}-${digest}`);
  if (!existsSync(home)) await resolveInto(home);
  const libs = path.join(home, 'libs');
  return { version, java, libs, messages: () => readMessages(java, libs, path.join(home, 'messages.json')) };
}

/** The Java of JAVA_HOME, or the one on the path. */
async function findJava(): Promise<string> {
  const { JAVA_HOME: home } = process.env;
  const java = home === undefined ? 'java' : path.join(home, 'bin', 'java');
  const output = await run(java, ['-version']).then(
    ({ stderr }) => stderr,
    () => undefined,
  );
  const hint = `Apache Kafka needs Java ${JAVA_MIN} or newer and Maven (Debian: apt-get install openjdk-17-jdk-headless maven); or set JAVA_HOME`;
  if (output === undefined) throw new EngineMissing(`${java} does not run. ${hint}.`);
  const major = Number(/version "(\d+)/.exec(output)?.[1]);
  if (!(major >= JAVA_MIN)) throw new EngineMissing(`${java} is version ${major}. ${hint}.`);
  return java;
}

/** Copies beside the destination first: a killed download leaves nothing that looks complete. */
async function resolveInto(home: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(`${home}-`);
  try {
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies';
    const args = ['-q', '-B', '-f', POM, goal, '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}/libs`];
    await run('mvn', args, { timeout: DOWNLOAD_MS_MAX }).catch((error: Error & { stdout?: string }) => {
      throw new EngineMissing(`Maven could not resolve Apache Kafka: ${error.stdout?.trim() || error.message}`);
    });
    renameSync(unfinished, home);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
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
