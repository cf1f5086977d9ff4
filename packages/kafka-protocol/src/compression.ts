import { gunzipSync, gzipSync } from 'node:zlib';
import { ProtocolError } from './reader.ts';
import { COMPRESSION_CODECS, type CompressionCodec } from './record-batch.ts';

/** No batch may inflate beyond this; a small request must not become a large allocation. */
export const INFLATED_BYTES_MAX = 256 * 1024 * 1024;

/** The records use a codec this process cannot open. Carries what the user can do about it. */
export class UnsupportedCodecError extends Error {
  override readonly name = 'UnsupportedCodecError';
  readonly codec: string;

  constructor(codec: string) {
    super(
      `records are compressed with ${codec}, which is not supported here; ` +
        'set compression.type to gzip or none on the producer (or on the topic)',
    );
    this.codec = codec;
  }
}

/** Compresses the records part of a batch. */
export function compressRecords(codec: CompressionCodec, records: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return records;
    case 'gzip':
      return gzipSync(records, { level: 1 });
    case 'snappy':
    case 'lz4':
    case 'zstd':
      throw new UnsupportedCodecError(codec);
  }
}

/** Opens the records part of a batch. The result is a view of the input when nothing was compressed. */
export function decompressRecords(codecId: number, records: Buffer): Buffer {
  if (codecId === 0) return records;
  const codec = COMPRESSION_CODECS[codecId];
  if (codec !== 'gzip') throw new UnsupportedCodecError(codec ?? `codec number ${codecId}`);
  try {
    return gunzipSync(records, { maxOutputLength: INFLATED_BYTES_MAX });
  } catch (error) {
    throw new ProtocolError(`gzip records do not inflate: ${error instanceof Error ? error.message : String(error)}`);
  }
}
