export { HeapStateBackend } from './heap/heap-state-backend.ts';
export {
  deleteCheckpointFiles,
  readCheckpointMetadata,
  writeCheckpointMetadata,
} from './snapshots/checkpoint-files.ts';
export { LocalFileSnapshots } from './snapshots/local-files.ts';
