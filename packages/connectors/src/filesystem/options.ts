import type { DataType } from '@millrace/model';
import {
  CHANGE_FORMATS,
  changeFormatOf,
  changeOptions,
  checkChangeOptions,
} from '../formats/change-json/change-format.ts';
import { checkCsvOptions, columnsOption, csvOptions, readColumns } from '../formats/csv-dialect.ts';
import { WHOLE_TABLE_OPTIONS } from '../lookup/options.ts';
import { DEAD_LETTER_OPTIONS } from '../option/dead-letter-options.ts';
import type { ConnectorDescription, OptionIssue, Role } from '../option/description.ts';
import { parseDurationMs } from '../option/duration.ts';
import { parseSizeBytes } from '../option/size.ts';
import { DEFAULT_PARTITION, escapeName } from './partition-path.ts';
import { partitionTypeProblem } from './partition-value.ts';

/** The PARTITIONED BY columns of a table, which its definition sends along as a JSON array of names. */
export const PARTITIONS_OPTION = 'partition.columns';
export const SUCCESS_FILE = '_SUCCESS';

/** What METADATA columns may hold: Flink's keys. */
export const METADATA_KEYS = ['file.path', 'file.name', 'file.size', 'file.modification-time'] as const;

/** Options of the `filesystem` connector: Flink's names. */
export const FILESYSTEM: ConnectorDescription = {
  name: 'filesystem',
  title: 'Files',
  help: 'Reads and writes files of JSON lines or CSV below the folder the platform sets aside for files. Exactly-once by renaming finished files into place. A lookup join keeps a copy of all rows.',
  roles: ['source', 'lookup', 'sink'],
  check: checkTogether,
  options: [
    {
      name: 'path',
      kind: 'string',
      role: 'both',
      required: true,
      help: "Folder (or, to read, a single file) below the platform's folder for files, such as 'exports/orders'.",
    },
    {
      name: 'format',
      kind: 'enum',
      role: 'both',
      required: true,
      values: ['json', 'csv', ...CHANGE_FORMATS],
      help: 'One record per line: a JSON object, comma-separated values, or what changed in a database.',
    },
    {
      name: 'source.monitor-interval',
      kind: 'duration',
      role: 'source',
      required: false,
      help: 'How often new files are looked for; when absent, the files there at the start are all. A file is read once, as long as it is when it is found: move finished files in, or begin names of unfinished ones with . or _',
    },
    {
      name: 'sink.rolling-policy.file-size',
      kind: 'size',
      role: 'sink',
      required: false,
      default: '128MB',
      help: 'A file is finished when it has this size; at each checkpoint in any case.',
    },
    {
      name: 'sink.rolling-policy.rollover-interval',
      kind: 'duration',
      role: 'sink',
      required: false,
      default: '30 min',
      help: 'A file is finished when it was begun this long ago; at each checkpoint in any case.',
    },
    {
      name: PARTITIONS_OPTION,
      kind: 'string',
      role: 'both',
      required: false,
      help: 'Names of the PARTITIONED BY columns, from the outermost folder; written by the table definition.',
    },
    {
      name: 'partition.default-name',
      kind: 'string',
      role: 'both',
      required: false,
      default: DEFAULT_PARTITION,
      help: 'What stands for NULL, and the empty text, in the name of a folder of a partition.',
    },
    {
      name: 'sink.partition-commit.policy.kind',
      kind: 'enum',
      role: 'sink',
      required: false,
      values: ['success-file'],
      help: 'How readers outside are told that a partition has got rows: by an empty file in its folder, with the first files and with all later ones.',
    },
    {
      name: 'sink.partition-commit.success-file.name',
      kind: 'string',
      role: 'sink',
      required: false,
      default: SUCCESS_FILE,
      help: 'Name of that file.',
    },
    {
      name: 'sink.partition-commit.trigger',
      kind: 'enum',
      role: 'sink',
      required: false,
      default: 'process-time',
      values: ['process-time', 'partition-time'],
      help: "When that file is made: 'process-time', as soon as rows are there.",
    },
    {
      name: 'sink.partition-commit.delay',
      kind: 'duration',
      role: 'sink',
      required: false,
      default: '0 s',
      help: 'Only 0 s: a partition is told of with its first rows.',
    },
    {
      name: 'json.fail-on-missing-field',
      kind: 'boolean',
      role: 'source',
      required: false,
      default: 'false',
      help: 'A field that is absent rejects the record instead of being NULL.',
    },
    ...changeOptions(''),
    ...csvOptions('csv.'),
    {
      name: 'csv.allow-comments',
      kind: 'boolean',
      role: 'source',
      required: false,
      default: 'false',
      help: 'Lines that begin with # are passed over.',
    },
    columnsOption,
    ...DEAD_LETTER_OPTIONS,
    ...WHOLE_TABLE_OPTIONS,
    {
      name: 'metadata.<column>',
      kind: 'enum',
      role: 'source',
      required: false,
      values: METADATA_KEYS,
      help: 'Column filled from the file itself; written by METADATA columns.',
    },
  ],
};

const FILE_BYTES_MIN = 1024;

function checkTogether(
  options: Readonly<Record<string, string>>,
  role: Role,
  columns?: ReadonlyMap<string, DataType>,
): OptionIssue[] {
  const issues = checkCsvOptions(options, 'csv.');
  const invalid = (option: string, message: string) => issues.push({ option, reason: 'invalid', message });
  const problem = pathProblem(options.path ?? '');
  if (problem !== undefined) invalid('path', `option 'path' ${problem}`);
  if (role === 'source' && parseDurationMs(options['source.monitor-interval'] ?? '1') === 0) {
    invalid(
      'source.monitor-interval',
      "option 'source.monitor-interval' must be more than 0; leave it out to read once",
    );
  }
  if (role === 'lookup' && options['source.monitor-interval'] !== undefined) {
    invalid(
      'source.monitor-interval',
      "option 'source.monitor-interval' is for a table that is read; one that is looked up is loaded again every 'lookup.full-cache.periodic-reload.interval'",
    );
  }
  const size = options['sink.rolling-policy.file-size'];
  if (role === 'sink' && size !== undefined && (parseSizeBytes(size) ?? 0) < FILE_BYTES_MIN) {
    invalid(
      'sink.rolling-policy.file-size',
      `option 'sink.rolling-policy.file-size' must be at least ${FILE_BYTES_MIN} bytes`,
    );
  }
  issues.push(...partitionIssues(options, role, columns), ...checkChangeOptions(options, role));
  if (role === 'lookup' && changeFormatOf(options) !== undefined) {
    const message = `a lookup keeps a copy of rows, and files of format '${options.format}' hold changes: join the table as it is read`;
    invalid('format', message);
  }
  return issues;
}

function partitionIssues(
  options: Readonly<Record<string, string>>,
  role: Role,
  columns: ReadonlyMap<string, DataType> | undefined,
): readonly OptionIssue[] {
  const issues: OptionIssue[] = [];
  const invalid = (option: string, message: string) => issues.push({ option, reason: 'invalid', message });
  const names = readColumns(options[PARTITIONS_OPTION]) ?? [];
  for (const name of names) {
    const type = columns?.get(name);
    const problem = type && partitionTypeProblem(name, type);
    if (problem !== undefined) invalid(PARTITIONS_OPTION, problem);
  }
  if (escapeName(options['partition.default-name'] ?? '') !== (options['partition.default-name'] ?? '')) {
    invalid('partition.default-name', "option 'partition.default-name' must be a plain name");
  }
  if (role !== 'sink') return issues;
  const commit = Object.keys(options).find((name) => name.startsWith('sink.partition-commit.'));
  if (commit !== undefined && names.length === 0) {
    invalid(commit, `option '${commit}' is for a table that is PARTITIONED BY columns`);
  }
  if (options['sink.partition-commit.trigger'] === 'partition-time') {
    const message =
      "option 'sink.partition-commit.trigger' takes 'process-time' only: a sink does not know the watermark, so it cannot tell that a partition is complete";
    invalid('sink.partition-commit.trigger', message);
  }
  if ((parseDurationMs(options['sink.partition-commit.delay'] ?? '0') ?? 0) > 0) {
    const message =
      "option 'sink.partition-commit.delay' takes 0 s only: nothing wakes a sink that gets no rows, so a later moment would not be kept";
    invalid('sink.partition-commit.delay', message);
  }
  const file = options['sink.partition-commit.success-file.name'];
  if (file !== undefined && !/^[._][A-Za-z0-9._-]*$/.test(file)) {
    const message = `option 'sink.partition-commit.success-file.name' must begin with _ or ., so that nobody reads it as rows; '${file}' does not`;
    invalid('sink.partition-commit.success-file.name', message);
  }
  return issues;
}

/** What is wrong with a path whatever the folder for files is; undefined when nothing is. */
export function pathProblem(path: string): string | undefined {
  if (path.includes('\0')) return 'must not hold a NUL character';
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) && !/^file:\/\/\//.test(path)) {
    return `must be a path, or file:///path; '${path}' is on another kind of file system`;
  }
  return path.split('/').includes('..') ? "must not climb with '..'" : undefined;
}
