import { randomUUID } from 'node:crypto';
import type { ConnectorRegistry, SnapshotStorage, StateBackend, UserCode } from '@millrace/contracts';
import type { ContainerConfig } from '@millrace/protocol';
import { HeapStateBackend, LocalFileSnapshots } from '@millrace/state';
import { createUserCode } from '@millrace/user-code';

/** A container of application `app-1`. */
export function containerConfig(
  role: ContainerConfig['role'],
  change: Partial<ContainerConfig> & Pick<ContainerConfig, 'schedulerUrl' | 'checkpointDir'>,
): ContainerConfig {
  return {
    container: randomUUID(),
    application: 'app-1',
    job: { id: 'job-1', name: 'job' },
    role,
    attempt: 1,
    token: 't'.repeat(40),
    memoryMb: 256,
    ...change,
  };
}

/** What a worker needs beside its engine, for jobs without connectors. */
export function workerParts(directory: string): {
  readonly connectors: ConnectorRegistry;
  readonly stateBackend: StateBackend;
  readonly snapshots: SnapshotStorage;
  readonly userCode: UserCode;
} {
  return {
    connectors: new Map(),
    stateBackend: new HeapStateBackend(),
    snapshots: new LocalFileSnapshots(directory),
    userCode: createUserCode(),
  };
}
