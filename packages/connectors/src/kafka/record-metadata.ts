import type { Value } from '@millrace/batch';
import { forEachHeader, NULL_SLICE, type RecordColumns } from '@millrace/kafka-protocol';
import { type Field, isFineTimestamp, StreamError, ticksOf } from '@millrace/model';
import type { MetadataKey } from './metadata.ts';

/** Where a record stands; filled by the reader before each decode. One object, reused. */
export interface RecordPlace {
  topic: string;
  partition: number;
  offset: number;
  timestamp: number;
  /** Of its batch; -1: the broker does not know. */
  leaderEpoch: number;
  isAppendTime: boolean;
  /** The record is this one of these: what is said of it in full. */
  readonly records: RecordColumns;
  record: number;
}

/** Reads one METADATA column of a record; its type is one of those the key allows. */
export function metadataReader(key: MetadataKey, field: Field): (place: RecordPlace) => Value {
  const { type } = field;
  const isBigint = type.kind === 'bigint';
  const number = (value: number) => (isBigint ? BigInt(value) : value);
  switch (key) {
    case 'topic':
      return (place) => place.topic;
    case 'partition':
      return (place) => number(place.partition);
    case 'offset':
      return (place) => number(place.offset);
    case 'timestamp':
      return isFineTimestamp(type) ? (place) => ticksOf(place.timestamp, 0, type) : (place) => number(place.timestamp);
    case 'leader-epoch':
      return (place) => (place.leaderEpoch < 0 ? null : number(place.leaderEpoch));
    case 'timestamp-type':
      return (place) => (place.isAppendTime ? 'LogAppendTime' : 'CreateTime');
    case 'headers': {
      const isText = type.kind === 'map' && type.value.kind === 'string';
      return (place) => headersOf(place, isText);
    }
  }
}

/** The last of headers with one name, as in Flink. Copies: the batch outlives the bytes of the records. */
function headersOf({ records, record, ...place }: RecordPlace, isText: boolean): ReadonlyMap<Value, Value> {
  const headers = new Map<Value, Value>();
  const { bytes } = records;
  try {
    forEachHeader(records, record, (keyStart, keyEnd, valueStart, valueEnd) => {
      const value =
        valueStart === NULL_SLICE
          ? null
          : isText
            ? bytes.toString('utf8', valueStart, valueEnd)
            : Uint8Array.from(bytes.subarray(valueStart, valueEnd));
      headers.set(bytes.toString('utf8', keyStart, keyEnd), value);
    });
  } catch (error) {
    const message = `the headers of the record at offset ${place.offset} of partition ${place.partition} of topic '${place.topic}' cannot be read`;
    throw new StreamError('kafka.unreadable-batch', message, { domain: 'external', retry: 'never', cause: error });
  }
  return headers;
}
