import { ProtocolError, Reader } from '@millrace/kafka-protocol';
import type { Group } from './group.ts';

/**
 * The topics that the members of a group read, as the consumer protocol tells the coordinator; `unknown` when the group
 * has members that do not speak it.
 *
 *     metadata  int16 version · [string topic] · nullable bytes userData · (further fields)
 */
export function subscribedTopics(group: Group): ReadonlySet<string> | 'unknown' {
  const members = group.members.values();
  if (members.length === 0) return new Set();
  if (group.protocolType !== 'consumer') return 'unknown';
  try {
    return new Set(members.flatMap((member) => readTopics(member.metadata(group.protocol))));
  } catch (error) {
    if (error instanceof ProtocolError) return 'unknown';
    throw error;
  }
}

function readTopics(metadata: Buffer): string[] {
  if (metadata.length === 0) return [];
  const r = new Reader(metadata);
  r.int16();
  return r.array(() => r.string());
}
