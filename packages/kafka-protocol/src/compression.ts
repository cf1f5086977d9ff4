import { gunzipSync, gzipSync } from 'node:zlib';
import { inflateLz4 } from './lz4.ts';
import { ProtocolError } from './reader.ts';
import { COMPRESSION_CODECS, type CompressionCodec } from './record-batch.ts';
import { inflateSnappy } from './snappy.ts';
import { inflateZstd } from './zstd.ts';

/** No batch may inflate beyond this; a small request must not become a large allocation. */
export const INFLATED_BYTES_MAX = 256 * 1024 * 1024;

/** The records use a codec this process cannot open. Carries what the user can do about it. */
export class UnsupportedCodecError extends Error {
  override readonly name = 'UnsupportedCodecError';
  readonly codec: string;

  constructor(codec: string) {
    super(
      `records are compressed with ${codec}, which is not supported here; ` +
        'set compression.type to gzip, snappy, lz4, zstd or none on the producer (or on the topic)',
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

/**
 * Opens the records part of a batch. The result is a view of the input when nothing was compressed. Throws
 * ProtocolError when the bytes are malformed or inflate to more than `bytesMax`.
 */
export function decompressRecords(codecId: number, records: Buffer, bytesMax: number = INFLATED_BYTES_MAX): Buffer {
  const codec = COMPRESSION_CODECS[codecId];
  switch (codec) {
    case 'none':
      return records;
    case 'gzip':
      return inflateGzip(records, bytesMax);
    case 'snappy':
      return inflateSnappy(records, bytesMax);
    case 'lz4':
      return inflateLz4(records, bytesMax);
    case 'zstd':
      return inflateZstd(records, bytesMax);
    default:
      throw new UnsupportedCodecError(`codec number ${codecId}`);
  }
}

function inflateGzip(records: Buffer, bytesMax: number): Buffer {
  try {
    return gunzipSync(records, { maxOutputLength: bytesMax });
  } catch (error) {
    throw new ProtocolError(`gzip records do not inflate: ${error instanceof Error ? error.message : String(error)}`);
  }
}
