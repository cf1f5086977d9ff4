/** Kafka bytes: primitive types, record batch v2, CRC-32C, error codes. Pure; opens no socket and no file. */
export {
  compressRecords,
  decompressRecords,
  INFLATED_BYTES_MAX,
  UnsupportedCodecError,
} from './compression.ts';
export {
  type ControlType,
  readControlType,
  writeControlBatch,
} from './control-record.ts';
export { type Crc32c, crc32c, crc32cNative, crc32cTable } from './crc32c.ts';
export {
  errorCode,
  errorName,
  isRetriable,
  KAFKA_ERRORS,
  type KafkaErrorName,
} from './errors.ts';
export { ProtocolError, Reader } from './reader.ts';
export {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  type BatchDefect,
  batchesOf,
  COMPRESSION_CODECS,
  type CompressionCodec,
  findBatchDefect,
  RecordBatchView,
} from './record-batch.ts';
export {
  RecordBatchWriter,
  type RecordHeader,
  type SealOptions,
} from './record-batch-writer.ts';
export {
  forEachHeader,
  NULL_SLICE,
  RecordColumns,
  readRecords,
} from './record-columns.ts';
export { Writer } from './writer.ts';
