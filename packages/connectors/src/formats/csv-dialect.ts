import type { OptionDescription, OptionIssue } from '../option/description.ts';

/**
 * How a CSV record is written (RFC 4180 with Flink's `csv.*` options). Characters are single ASCII bytes;
 * -1: there is none.
 */
export interface CsvDialect {
  readonly delimiter: number;
  readonly quote: number;
  readonly escaping: number;
  /** This text, unquoted, is NULL; undefined: an empty field is NULL in every column that is no text. */
  readonly nullLiteral: string | undefined;
  /** Records that begin with `#` are passed over. */
  readonly comments: boolean;
}

/** Reads one option by its whole name; undefined when it was not given. */
type Read = (name: string) => string | undefined;

const QUOTE = '"';
const DELIMITER = ',';

/** The options of the format under a prefix: `csv.` or `value.csv.`. */
export function csvOptions(prefix: string): readonly OptionDescription[] {
  const option = (name: string, help: string, more: Partial<OptionDescription> = {}): OptionDescription => ({
    name: `${prefix}${name}`,
    kind: 'string',
    role: 'both',
    required: false,
    help,
    ...more,
  });
  return [
    option('field-delimiter', "Character between fields; '\\t' is a tab.", { default: DELIMITER }),
    option('disable-quote-character', 'No character quotes a field.', { kind: 'boolean', default: 'false' }),
    option('quote-character', 'Character around fields that hold a delimiter, a quote or a line break.', {
      default: QUOTE,
    }),
    option('escape-character', 'Character that takes the next one as it is; none when absent.'),
    option('null-literal', 'Text that stands for NULL when it is not quoted; may be empty.', { mayBeEmpty: true }),
  ];
}

/** The options of the format as a dialect. Their values were checked ({@link checkCsvOptions}). */
export function csvDialectOf(read: Read, prefix: string): CsvDialect {
  const character = (name: string) => characterOf(read(`${prefix}${name}`) ?? '') ?? -1;
  const quoted = read(`${prefix}disable-quote-character`) !== 'true';
  return {
    delimiter: characterOf(read(`${prefix}field-delimiter`) ?? DELIMITER) ?? DELIMITER.charCodeAt(0),
    quote: quoted ? (characterOf(read(`${prefix}quote-character`) ?? QUOTE) ?? QUOTE.charCodeAt(0)) : -1,
    escaping: character('escape-character'),
    nullLiteral: read(`${prefix}null-literal`),
    comments: read(`${prefix}allow-comments`) === 'true',
  };
}

/** What is wrong with the characters of a dialect. */
export function checkCsvOptions(options: Readonly<Record<string, string>>, prefix: string): OptionIssue[] {
  const issues: OptionIssue[] = [];
  const invalid = (name: string, message: string) =>
    issues.push({ option: `${prefix}${name}`, reason: 'invalid', message: `option '${prefix}${name}' ${message}` });
  for (const name of ['field-delimiter', 'quote-character', 'escape-character']) {
    const value = options[`${prefix}${name}`];
    if (value !== undefined && characterOf(value) === undefined) {
      invalid(name, `takes one ASCII character that is no line break ('\\t' for a tab), not '${value}'`);
    }
  }
  if (issues.length > 0) return issues;
  const { delimiter, quote, escaping } = csvDialectOf((name) => options[name], prefix);
  if (quote === delimiter) invalid('quote-character', 'must differ from the field delimiter');
  if (escaping !== -1 && (escaping === delimiter || escaping === quote)) {
    invalid('escape-character', 'must differ from the field delimiter and the quote character');
  }
  return issues;
}

/** The byte of a one-character text; undefined when it is none of ASCII, or breaks lines. */
function characterOf(text: string): number | undefined {
  if (text === '\\t') return 9;
  if (text === '\\\\') return 92;
  const code = text.length === 1 ? text.charCodeAt(0) : 0;
  return code > 0 && code < 128 && code !== 10 && code !== 13 ? code : undefined;
}

/**
 * CSV goes by position, and a source is asked for some columns only, so the table definition sends along the
 * names of all its stored columns, in order, as a JSON array. See `SourceNode` of the plan.
 */
export const COLUMNS_OPTION = 'csv.columns';

export const columnsOption: OptionDescription = {
  name: COLUMNS_OPTION,
  kind: 'string',
  role: 'source',
  required: false,
  help: 'Names of all columns in the order of the record; written by the table definition.',
};

/** The names in {@link COLUMNS_OPTION}; undefined when it is absent or no array of names. */
export function readColumns(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}
