import { readdirSync, readFileSync } from 'node:fs';
import { formatDataType } from '../../../packages/model/src/index.ts';
import { compile } from '../../../packages/sql/src/index.ts';
import { SIDE_INPUT_OPTIONS } from '../../../packages/testing/src/nexmark-side-input.ts';

const FOLDER = new URL('../../../packages/testing/nexmark/', import.meta.url);
export const STREAMS = ['person', 'auction', 'bid'] as const;
export type Stream = (typeof STREAMS)[number];

const text = (file: string) => readFileSync(new URL(file, FOLDER), 'utf8');

/** The names of the queries there are, in order. */
export function queryNames(): readonly string[] {
  return readdirSync(FOLDER)
    .flatMap((file) => /^(q\d+)\.sql$/.exec(file)?.[1] ?? [])
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}

/** The three streams, each read from where `options` says, and the side input. */
function tables(options: (stream: string) => string): string {
  return text('tables.sql').replaceAll(/OPTIONS\((\w+)\)/g, (_, table: string) =>
    table === 'side_input' ? SIDE_INPUT_OPTIONS : options(table),
  );
}

/** `port`: where the broker listens. */
const topicOptions = (stream: string, port: number) =>
  `'connector' = 'kafka', 'properties.bootstrap.servers' = '127.0.0.1:${port}', 'topic' = 'nexmark_${stream}', 'format' = 'json'`;
const readOptions = (port: number) => (stream: string) =>
  `${topicOptions(stream, port)}, 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'`;

/** A job that writes one stream of the first `events` events into its topic. */
export function fillScript(stream: Stream, events: number, port: number): string {
  const made = (name: string) =>
    `'connector' = 'nexmark', 'stream' = '${name}', 'number-of-events' = '${events}', 'rows-per-second' = '10000000'`;
  const source = createTable(stream, tables(made));
  const columns = source.slice(0, source.indexOf(', WATERMARK')).replace(`CREATE TABLE ${stream} (`, '');
  const sink = `CREATE TABLE ${stream}_topic (${columns}) WITH (${topicOptions(stream, port)});`;
  return `${source}\n${sink}\nINSERT INTO ${stream}_topic SELECT * FROM ${stream};`;
}

function createTable(stream: string, script: string): string {
  const statement = script.split(';').find((part) => part.includes(`CREATE TABLE ${stream} `)) ?? '';
  return `${statement.slice(statement.indexOf('CREATE')).replaceAll(/\s+/g, ' ').replaceAll(', WATERMARK', ', WATERMARK')};`;
}

/** A query from the topics into nothing: the sink takes any change and drops it. */
export function queryScript(name: string, port: number): string {
  const script = tables(readOptions(port));
  const query = text(`${name}.sql`)
    .replaceAll(/^--.*$/gm, '')
    .trim();
  const { preview } = compile(script + query);
  const columns = preview?.nodes
    .at(-1)
    ?.schema.fields.map(({ name: column, type }) => `\`${column}\` ${formatDataType(type)}`);
  if (columns === undefined) throw new Error(`${name} does not compile`);
  const names = new Set<string>();
  const unique = columns.map((column) => {
    const [, label = ''] = /^`([^`]*)`/.exec(column) ?? [];
    const free = names.has(label) ? `${label}_${names.size}` : label;
    names.add(free);
    return column.replace(/^`[^`]*`/, `\`${free}\``);
  });
  return `${script}CREATE TABLE nothing (${unique.join(', ')}) WITH ('connector' = 'blackhole');\nINSERT INTO nothing ${query}`;
}

/** The tables a query reads. */
export function tablesRead(name: string): readonly Stream[] {
  const { preview } = compile(tables(readOptions(1)) + text(`${name}.sql`));
  const read = new Set(preview?.nodes.flatMap((node) => (node.kind === 'source' ? [node.table] : [])));
  return STREAMS.filter((stream) => read.has(stream));
}

/** The columns a query reads of each table, as the plan pushes them down: what the yardstick decodes. */
export function columnsRead(name: string) {
  const { preview } = compile(tables(readOptions(1)) + text(`${name}.sql`));
  return new Map(
    preview?.nodes.flatMap((node) => (node.kind === 'source' ? [[node.table, node.schema.fields] as const] : [])),
  );
}
