export { HeapStateBackend } from './heap/heap-state-backend.ts';
export {
  deleteCheckpointMetadata,
  readCheckpointMetadata,
  writeCheckpointMetadata,
} from './snapshots/checkpoint-files.ts';
export { FileSweep } from './snapshots/file-sweep.ts';
export { LocalFileSnapshots } from './snapshots/local-files.ts';
