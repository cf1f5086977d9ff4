import type { Field } from '@millrace/model';
import { ChangeEncoder } from './change-json/change-encoder.ts';
import type { ChangeFormat } from './change-json/change-format.ts';
import { CsvDecoder } from './csv-decoder.ts';
import type { CsvDialect } from './csv-dialect.ts';
import { CsvEncoder } from './csv-encoder.ts';
import type { Decoder, Encoder } from './format.ts';
import { JsonDecoder } from './json-decoder.ts';
import { JsonEncoder } from './json-encoder.ts';
import { RawDecoder, RawEncoder, UnreadDecoder } from './raw.ts';

/** How the bytes of a record are written, with everything the format needs to know. */
export type RecordFormat =
  | { readonly kind: 'json'; readonly failOnMissingField: boolean }
  | { readonly kind: 'raw' }
  | {
      readonly kind: 'csv';
      readonly dialect: CsvDialect;
      /** Names of all columns of a record in order; a decoder is asked for some of them. */
      readonly columns: readonly string[];
    };

/** How the value of a record is written: as a row, or as changes of rows, whose decoder is the `ChangeDecoder`. */
export type ValueFormat = RecordFormat | ChangeFormat;

export type FormatName = ValueFormat['kind'];

export function createDecoder(format: RecordFormat, fields: readonly Field[]): Decoder {
  switch (format.kind) {
    case 'json':
      return new JsonDecoder(fields, format);
    case 'raw': {
      const [only] = fields;
      return only === undefined ? new UnreadDecoder() : new RawDecoder(only);
    }
    case 'csv':
      return new CsvDecoder(fields, format.columns, format.dialect);
  }
}

/** `columns` are the batch's columns that make the record, by index into `fields`. */
export function createEncoder(format: ValueFormat, fields: readonly Field[], columns: readonly number[]): Encoder {
  switch (format.kind) {
    case 'json':
      return new JsonEncoder(fields, columns);
    case 'raw': {
      const [only = 0] = columns;
      const field = fields[only];
      if (field === undefined) throw new Error('a raw record has one column');
      return new RawEncoder(field, only);
    }
    case 'csv':
      return new CsvEncoder(fields, columns, format.dialect);
    case 'debezium-json':
    case 'canal-json':
    case 'maxwell-json':
    case 'ogg-json':
      return new ChangeEncoder(format.kind, fields, columns);
  }
}
