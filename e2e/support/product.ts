import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The running product as the stories see it: from `instance.json`, as a script would. */
export interface Product {
  readonly portalUrl: string;
  readonly apiUrl: string;
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

export const ADMIN_PASSWORD = 'a-password-for-the-stories';

export function product(): Product {
  const dataDir = process.env.MILLRACE_E2E_DATA_DIR ?? '';
  const instance = JSON.parse(readFileSync(path.join(dataDir, 'instance.json'), 'utf8')) as Omit<Product, 'dataDir'>;
  return { ...instance, dataDir };
}

/** The pid of one part right now; it changes when the part was killed and started again. */
export function pidOf(name: string): number {
  const found = product().processes.find((process) => process.name === name);
  if (found === undefined) throw new Error(`${name} does not run`);
  return found.pid;
}
