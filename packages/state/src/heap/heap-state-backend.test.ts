import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stateBackendConformance } from '@millrace/testing/conformance/state-backend';
import { MemorySnapshots } from '@millrace/testing/memory-snapshots';
import { LocalFileSnapshots } from '../snapshots/local-files.ts';
import { HeapStateBackend } from './heap-state-backend.ts';

stateBackendConformance('heap over memory', async () => ({
  backend: new HeapStateBackend(),
  storage: new MemorySnapshots(),
  close: async () => {},
}));

stateBackendConformance('heap over local files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'millrace-state-'));
  return {
    backend: new HeapStateBackend(),
    storage: new LocalFileSnapshots(root),
    close: () => rm(root, { recursive: true }),
  };
});
