import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/millrace-engines', import.meta.url));
const DOWNLOAD_MS_MAX = 15 * 60_000;
const JAVA_MIN = 17;

/** Why a real engine cannot run here, and what to do about it. */
export class EngineMissing extends Error {
  override readonly name = 'EngineMissing';
}

/** The Java of JAVA_HOME, or the one on the path. Throws {@link EngineMissing} when it is not there or too old for `engine`. */
export async function findJava(engine: string): Promise<string> {
  const { JAVA_HOME: home } = process.env;
  const java = home === undefined ? 'java' : path.join(home, 'bin', 'java');
  const output = await run(java, ['-version']).then(
    ({ stderr }) => stderr,
    () => undefined,
  );
  const hint = `${engine} needs Java ${JAVA_MIN} or newer and Maven (Debian: apt-get install openjdk-17-jdk-headless maven); or set JAVA_HOME`;
  if (output === undefined) throw new EngineMissing(`${java} does not run. ${hint}.`);
  const major = Number(/version "(\d+)/.exec(output)?.[1]);
  if (!(major >= JAVA_MIN)) throw new EngineMissing(`${java} is version ${major}. ${hint}.`);
  return java;
}

/**
 * The folder of the cache called `name`, with every jar the pom needs in its `libs`: resolved through Maven once. Throws
 * {@link EngineMissing} when Maven is not there or cannot reach its repositories. Copies beside the destination first: a killed download leaves nothing that looks complete.
 */
export async function resolveJars(engine: string, pom: string, name: string): Promise<string> {
  const home = path.join(CACHE, name);
  if (existsSync(home)) return home;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(`${home}-`);
  try {
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies';
    const args = ['-q', '-B', '-f', pom, goal, '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}/libs`];
    await run('mvn', args, { timeout: DOWNLOAD_MS_MAX }).catch((error: Error & { stdout?: string }) => {
      throw new EngineMissing(`Maven could not resolve ${engine}: ${error.stdout?.trim() || error.message}`);
    });
    renameSync(unfinished, home);
    return home;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
