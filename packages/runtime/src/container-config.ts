import { readFile } from 'node:fs/promises';
import { type ContainerConfig, containerConfigSchema } from '@millrace/protocol';

/** The working directory's `container.json`, written by the agent. */
export async function readContainerConfig(role: ContainerConfig['role']): Promise<ContainerConfig> {
  const config = containerConfigSchema.parse(JSON.parse(await readFile('container.json', 'utf8')));
  if (config.role !== role) throw new Error(`container.json is for a ${config.role}, this program is the ${role}`);
  return config;
}
