import { existsSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../files/durable-file.ts';
import type { ProducerState } from './producer-states.ts';
import { segmentFile } from './segment.ts';

/** Keeps what is known about a partition's producers at the offset where a segment begins. */
export function writeSnapshot(directory: string, offset: number, states: Iterable<ProducerState>): void {
  replaceFile(segmentFile(directory, offset, 'snapshot'), Buffer.from(JSON.stringify([...states])));
}

/** Undefined when there is none: the producers are then rebuilt from the whole log. */
export function readSnapshot(directory: string, offset: number): ProducerState[] | undefined {
  if (offset === 0) return [];
  const path = segmentFile(directory, offset, 'snapshot');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ProducerState[]) : undefined;
}

/** Deletes snapshots that nobody will ask for again: those of former active segments and of former stops. */
export function removeOtherSnapshots(directory: string, offset: number): void {
  for (const name of readdirSync(directory)) {
    if (/^\d{20}\.snapshot$/.test(name) && Number(name.slice(0, 20)) !== offset) unlinkSync(join(directory, name));
  }
}
