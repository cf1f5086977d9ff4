import { connectors } from '@millrace/connectors';
import type { ConnectorRegistry, Engine, SnapshotStorage, StateBackend, UserCode } from '@millrace/contracts';
import { createDataflowEngine } from '@millrace/engine-dataflow';
import type { EngineName } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import { connectorSettingsOf } from '@millrace/protocol';
import { HeapStateBackend, LocalFileSnapshots } from '@millrace/state';
import { createUserCode } from '@millrace/user-code';

/** The one place where engines and plugs meet: everything a plan can name, by name. */
export const ENGINES_BY_NAME: ReadonlyMap<EngineName, Engine> = new Map([
  ['dataflow', createDataflowEngine(createOperator)],
]);

/** `environment` is that of the process. */
export function connectorRegistry(environment: NodeJS.ProcessEnv): ConnectorRegistry {
  return connectors(connectorSettingsOf(environment));
}

/** Functions that jobs bring along run here and nowhere else. */
export function userCode(): UserCode {
  return createUserCode();
}

export function stateBackend(): StateBackend {
  return new HeapStateBackend();
}

/** `directory` is that of one job. */
export function snapshotStorage(directory: string): SnapshotStorage {
  return new LocalFileSnapshots(directory);
}
