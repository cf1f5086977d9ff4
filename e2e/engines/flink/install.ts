import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findJava, resolveJars } from '../maven.ts';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));

/** A real Apache Flink: every jar of the pom in one folder. */
export interface FlinkInstall {
  readonly version: string;
  readonly java: string;
  readonly libs: string;
}

/** Resolves the pinned Flink through Maven, once. Throws `EngineMissing` when Java or Maven is not there or cannot reach its repositories. */
export async function installFlink(): Promise<FlinkInstall> {
  const java = await findJava('Apache Flink');
  const pom = readFileSync(POM, 'utf8');
  const version = /<engine\.version>(.*)<\/engine\.version>/.exec(pom)?.[1] ?? 'unknown';
  const digest = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const home = await resolveJars('Apache Flink', POM, `flink-${version}-${digest}`);
  return { version, java, libs: path.join(home, 'libs') };
}
