import type { Schema } from '@millrace/model';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { invalidOption, type OptionValues } from '../option/option-values.ts';
import { type KeyTemplate, parseKeyTemplate } from './key-template.ts';

/** Where the server is and how to sign in. Holds secrets: never log it. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: { readonly ca: string | undefined } | undefined;
  readonly network: NetworkPolicy;
}

/** Rows of one kind in a server. */
export interface RedisTable {
  readonly place: RedisPlace;
  readonly mode: 'string' | 'hash';
  readonly key: KeyTemplate;
  /** The columns of the template, by index in the schema. */
  readonly keyColumns: readonly number[];
}

export function tableOf(values: OptionValues, schema: Schema, network: NetworkPolicy): RedisTable {
  const key = parseKeyTemplate(values.required('key'));
  if (typeof key === 'string') throw invalidOption('key', `option 'key' ${key}`);
  const keyColumns = key.columns.map((column) => {
    const at = schema.fields.findIndex(({ name }) => name === column);
    if (at < 0) throw invalidOption('key', `option 'key' names {${column}}, which is no column of the table`);
    return at;
  });
  const place: RedisPlace = {
    host: values.required('host').replace(/^\[|\]$/g, ''),
    port: values.integer('port') ?? 6_379,
    database: values.integer('database') ?? 0,
    username: values.text('username'),
    password: values.text('password'),
    tls: values.flag('ssl') ? { ca: values.text('ssl.certificates') } : undefined,
    network,
  };
  return { place, mode: values.text('mode') === 'hash' ? 'hash' : 'string', key, keyColumns };
}
