import type { DataType } from '@millrace/model';

const LONG_TEXTS = ['tinytext', 'text', 'mediumtext', 'longtext'];
const TEXTS = ['char', 'varchar', ...LONG_TEXTS];
const BLOBS = ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'];
const INTEGERS = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];

/** How a type is written in CREATE TABLE; a text that is part of a key is compared letter by letter and has a length. */
export function mysqlTypeOf(type: DataType, isKey: boolean): string {
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
      return 'tinyint';
    case 'smallint':
      return 'smallint';
    case 'integer':
      return 'int';
    case 'bigint':
    case 'interval':
      return 'bigint';
    case 'float':
      return 'float';
    case 'double':
      return 'double';
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'string':
      return isKey ? 'varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' : 'longtext CHARACTER SET utf8mb4';
    case 'bytes':
      return isKey ? 'varbinary(255)' : 'longblob';
    case 'date':
      return 'date';
    case 'time':
      return 'time(3)';
    case 'timestamp':
      return `datetime(${Math.max(3, type.precision)})`;
    case 'timestamp_ltz':
      return `timestamp(${Math.max(3, type.precision)}) NULL`;
    case 'array':
    case 'map':
    case 'row':
      return 'json';
  }
}

/** Whether a column, its type as information_schema names it, is read as a type without loss (but for digits of a second beyond its own). */
export function isReadableAs(stored: string, isUnsigned: boolean, type: DataType): boolean {
  const within = (names: readonly string[]) => names.slice(0, isUnsigned ? -1 : undefined).includes(stored);
  switch (type.kind) {
    case 'boolean':
      return stored === 'tinyint';
    case 'tinyint':
      return within(['tinyint']);
    case 'smallint':
      return within(['tinyint', 'smallint']);
    case 'integer':
      return within(['tinyint', 'smallint', 'mediumint', 'int']);
    case 'bigint':
    case 'interval':
      return within(INTEGERS);
    case 'decimal':
      return stored === 'decimal' || INTEGERS.includes(stored);
    case 'float':
      return stored === 'float';
    case 'double':
      return stored === 'double' || stored === 'float';
    case 'string':
      return TEXTS.includes(stored) || stored === 'enum' || stored === 'set' || stored === 'json';
    case 'bytes':
      return BLOBS.includes(stored);
    case 'date':
    case 'time':
      return stored === type.kind;
    case 'timestamp':
      return stored === 'datetime';
    case 'timestamp_ltz':
      return stored === 'timestamp';
    case 'array':
    case 'map':
    case 'row':
      return stored === 'json' || LONG_TEXTS.includes(stored);
  }
}

/** Whether values of a type may be stored in a column without loss. */
export function isWritableAs(stored: string, isUnsigned: boolean, type: DataType): boolean {
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'interval': {
      const own =
        type.kind === 'boolean'
          ? 'tinyint'
          : type.kind === 'integer'
            ? 'int'
            : type.kind === 'interval'
              ? 'bigint'
              : type.kind;
      return !isUnsigned && (stored === 'decimal' || INTEGERS.indexOf(stored) >= INTEGERS.indexOf(own));
    }
    case 'decimal':
      return stored === 'decimal';
    case 'float':
      return stored === 'float' || stored === 'double';
    case 'double':
      return stored === 'double';
    case 'string':
      return TEXTS.includes(stored);
    default:
      return isReadableAs(stored, isUnsigned, type);
  }
}
