import type { Reader, Writer } from '../../../../packages/kafka-protocol/src/index.ts';

/** How Kafka's own client lays out its messages: what DumpMessages.java prints, by API name. */
export type Messages = Readonly<Record<string, ApiMessages>>;

interface ApiMessages {
  readonly key: number;
  readonly versions: Readonly<Record<string, { flexible: boolean; request: MessageType; response: MessageType }>>;
}

export type MessageType =
  | string
  | { readonly kind: 'struct'; readonly nullable: boolean; readonly fields: readonly Field[] }
  | { readonly kind: 'array'; readonly compact: boolean; readonly nullable: boolean; readonly of: MessageType }
  | { readonly kind: 'tagged'; readonly fields: Readonly<Record<string, Field>> };

interface Field {
  readonly name: string;
  readonly type: MessageType;
}

/** A message, or a part of one. Long integers that a number cannot hold are bigints. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | readonly Value[]
  | { readonly [name: string]: Value };

/** Structs that Kafka's dump does not mark although its code writes a presence byte before them. */
const NULLABLE_STRUCTS: ReadonlySet<string> = new Set(['cursor', 'next_cursor', 'assignment/struct']);

/** Reads one value. Tagged fields join the fields of their struct; those that were not sent are absent. */
export function decode(type: MessageType, r: Reader): Value {
  if (typeof type === 'string') return decodePrimitive(type, r);
  switch (type.kind) {
    case 'array':
      r.flexible = type.compact;
      return r.nullableArray(() => decode(type.of, r));
    case 'tagged':
      return decodeTagged(type.fields, r);
    case 'struct': {
      const struct: Record<string, Value> = {};
      for (const field of type.fields) {
        if (isNullableStruct(field) && r.int8() < 0) struct[field.name] = null;
        else {
          const value = decode(field.type, r);
          if (isTagged(field.type)) Object.assign(struct, value);
          else struct[field.name] = value;
        }
      }
      return struct;
    }
  }
}

/** Writes one value. Fields that are not given are 0, false, empty, or null where Kafka allows it; unknown names throw. */
export function encode(type: MessageType, w: Writer, value: Value | undefined): void {
  if (typeof type === 'string') {
    encodePrimitive(type, w, value);
    return;
  }
  switch (type.kind) {
    case 'array': {
      w.flexible = type.compact;
      const values = value === undefined ? [] : (value as readonly Value[] | null);
      w.nullableArray(values, (element) => encode(type.of, w, element));
      return;
    }
    case 'tagged':
      encodeTagged(type.fields, w, (value ?? {}) as { [name: string]: Value });
      return;
    case 'struct': {
      const given = (value ?? {}) as { readonly [name: string]: Value };
      refuseUnknown(type.fields, given);
      for (const field of type.fields) {
        if (isNullableStruct(field)) {
          w.int8(given[field.name] == null ? -1 : 1);
          if (given[field.name] == null) continue;
        }
        encode(field.type, w, isTagged(field.type) ? given : given[field.name]);
      }
    }
  }
}

function decodePrimitive(type: string, r: Reader): Value {
  r.flexible = type.startsWith('compact_');
  switch (type.replace('compact_', '')) {
    case 'boolean':
      return r.boolean();
    case 'int8':
      return r.int8();
    case 'int16':
      return r.int16();
    case 'uint16':
      return r.uint16();
    case 'int32':
      return r.int32();
    case 'int64':
      return exact(r.bigint64());
    case 'float64':
      return r.float64();
    case 'uuid':
      return r.uuid();
    case 'string':
    case 'nullable_string':
      return r.nullableString();
    case 'bytes':
    case 'nullable_bytes':
    case 'records':
      return r.nullableBytes();
    default:
      throw new Error(`the type ${type} is not known here`);
  }
}

function encodePrimitive(type: string, w: Writer, value: Value | undefined): void {
  w.flexible = type.startsWith('compact_');
  const number = () => Number(value ?? 0);
  switch (type.replace('compact_', '')) {
    case 'boolean':
      w.boolean(value === true);
      return;
    case 'int8':
      w.int8(number());
      return;
    case 'int16':
      w.int16(number());
      return;
    case 'uint16':
      w.uint16(number());
      return;
    case 'int32':
      w.int32(number());
      return;
    case 'int64':
      w.bigint64(BigInt((value ?? 0) as number | bigint));
      return;
    case 'float64':
      w.float64(number());
      return;
    case 'uuid':
      w.uuid((value ?? '00000000-0000-0000-0000-000000000000') as string);
      return;
    case 'string':
      w.string((value ?? '') as string);
      return;
    case 'nullable_string':
      w.nullableString((value ?? null) as string | null);
      return;
    case 'bytes':
      w.bytes((value ?? Buffer.alloc(0)) as Buffer);
      return;
    case 'nullable_bytes':
    case 'records':
      w.nullableBytes((value ?? null) as Buffer | null);
      return;
    default:
      throw new Error(`the type ${type} is not known here`);
  }
}

function decodeTagged(fields: Readonly<Record<string, Field>>, r: Reader): Value {
  const found: Record<string, Value> = {};
  r.flexible = true;
  r.tags((tag, bytes) => {
    const field = fields[tag];
    found[field?.name ?? `tag_${tag}`] = field === undefined ? bytes.raw(bytes.remaining) : decode(field.type, bytes);
  });
  return found;
}

function encodeTagged(
  fields: Readonly<Record<string, Field>>,
  w: Writer,
  given: { readonly [name: string]: Value },
): void {
  const present = Object.values(fields).filter(({ name }) => given[name] !== undefined);
  if (present.length > 0) throw new Error(`tagged fields are not written here: ${present.map(({ name }) => name)}`);
  w.uvarint(0);
}

function refuseUnknown(fields: readonly Field[], given: { readonly [name: string]: Value }): void {
  const names = new Set(fields.map(({ name }) => name));
  for (const name of Object.keys(given)) {
    if (!names.has(name)) throw new Error(`no field ${name}; the fields are ${[...names].join(', ')}`);
  }
}

function isTagged(type: MessageType): boolean {
  return typeof type !== 'string' && type.kind === 'tagged';
}

function isNullableStruct({ name, type }: Field): boolean {
  if (typeof type === 'string' || type.kind !== 'struct') return false;
  return type.nullable || NULLABLE_STRUCTS.has(name) || NULLABLE_STRUCTS.has(`${name}/struct`);
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
