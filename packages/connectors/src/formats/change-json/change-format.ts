import { translateRegexp } from '@millrace/plan';
import type { OptionDescription, OptionIssue, Role } from '../../option/description.ts';

/** Formats whose records say what changed in a database (change data capture), by Flink's names. */
export const CHANGE_FORMATS = ['debezium-json', 'canal-json', 'maxwell-json', 'ogg-json'] as const;
export type ChangeFormatName = (typeof CHANGE_FORMATS)[number];

/** One of them with its options. */
export type ChangeFormat =
  | { readonly kind: 'debezium-json'; readonly schemaInclude: boolean; readonly ignoresErrors: boolean }
  | {
      readonly kind: 'canal-json';
      /** Which databases and tables are read: the whole name has to match. Undefined: all. */
      readonly database: RegExp | undefined;
      readonly table: RegExp | undefined;
      readonly ignoresErrors: boolean;
    }
  | { readonly kind: 'maxwell-json' | 'ogg-json'; readonly ignoresErrors: boolean };

type Options = Readonly<Record<string, string>>;
type Read = (name: string) => string | undefined;

export function isChangeFormat(name: string | undefined): name is ChangeFormatName {
  return CHANGE_FORMATS.some((known) => known === name);
}

/** Whether the records of a format say changes of rows, and not a row each. */
export function saysChanges(format: { readonly kind: string }): format is ChangeFormat {
  return isChangeFormat(format.kind);
}

/** The format of the values of a table, if it is one of these. */
export function changeFormatOf(options: Options): ChangeFormatName | undefined {
  const name = options['value.format'] ?? options.format;
  return isChangeFormat(name) ? name : undefined;
}

/** The options of all of them under a prefix: '' or `value.`. */
export function changeOptions(prefix: '' | 'value.'): readonly OptionDescription[] {
  const option = (name: string, help: string, more: Partial<OptionDescription> = {}): OptionDescription => ({
    name: `${prefix}${name}`,
    kind: 'string',
    role: 'source',
    required: false,
    help,
    ...more,
  });
  const flag = { kind: 'boolean', default: 'false' } as const;
  const ofAll = CHANGE_FORMATS.flatMap((format) => [
    option(
      `${format}.ignore-parse-errors`,
      'A record that cannot be read does not fail a job that has no output for such records, and counts towards no limit.',
      flag,
    ),
    option(
      `${format}.timestamp-format.standard`,
      "How times are written: 'SQL' is 2026-01-31 10:20:30.123, 'ISO-8601' has a T in the middle. Both are always read.",
      { kind: 'enum', role: 'both', default: 'SQL', values: ['SQL', 'ISO-8601'] },
    ),
  ]);
  return [
    option(
      'debezium-json.schema-include',
      "Records are { schema, payload }, as Kafka Connect's converter writes them.",
      flag,
    ),
    option(
      'canal-json.database.include',
      'Regular expression of the databases whose changes are read; all when absent.',
    ),
    option('canal-json.table.include', 'Regular expression of the tables whose changes are read; all when absent.'),
    ...ofAll,
  ];
}

/** What is wrong with the options of these formats, beyond each by itself. */
export function checkChangeOptions(options: Options, role: Role): readonly OptionIssue[] {
  const used = changeFormatOf(options);
  return Object.entries(options).flatMap(([option, value]): readonly OptionIssue[] => {
    const [, format = '', name = ''] = /^(?:value\.)?([a-z]+-json)\.(.+)$/.exec(option) ?? [];
    if (!isChangeFormat(format)) return [];
    const message = problemOf({ option, format, name, value }, used, role);
    return message === undefined ? [] : [{ option, reason: 'invalid', message }];
  });
}

function problemOf(
  {
    option,
    format,
    name,
    value,
  }: { readonly option: string; readonly format: string; readonly name: string; readonly value: string },
  used: ChangeFormatName | undefined,
  role: Role,
): string | undefined {
  if (format !== used) return `option '${option}' is for format '${format}'; here it is '${used ?? 'another one'}'`;
  if (role === 'sink' && name === 'schema-include' && value === 'true')
    return `option '${option}' is for reading: what is written has no schema part`;
  if (role === 'sink' && name === 'timestamp-format.standard' && value !== 'SQL')
    return `option '${option}' takes 'SQL' to write; both forms are read`;
  return name.endsWith('.include') ? patternProblem(option, value) : undefined;
}

/** Undefined when the text is a pattern of Java's that can be matched here. */
export function patternProblem(option: string, pattern: string): string | undefined {
  try {
    translateRegexp(pattern);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `option '${option}' takes a regular expression, and '${pattern}' cannot be used: ${why}`;
  }
}

/** A pattern of Java's that whole names have to match. */
export function wholeName(pattern: string): RegExp {
  const { source, flags } = translateRegexp(pattern);
  return new RegExp(`^(?:${source})$`, flags.replace('g', ''));
}

/** The format of a table whose options were checked. */
export function readChangeFormat(kind: ChangeFormatName, read: Read, prefix: string): ChangeFormat {
  const text = (name: string) => read(`${prefix}${kind}.${name}`);
  const ignoresErrors = text('ignore-parse-errors') === 'true';
  const pattern = (name: string) => {
    const given = text(name);
    return given === undefined ? undefined : wholeName(given);
  };
  switch (kind) {
    case 'debezium-json':
      return { kind, schemaInclude: text('schema-include') === 'true', ignoresErrors };
    case 'canal-json':
      return { kind, database: pattern('database.include'), table: pattern('table.include'), ignoresErrors };
    case 'maxwell-json':
    case 'ogg-json':
      return { kind, ignoresErrors };
  }
}
