import { checkCsvOptions, columnsOption, csvOptions } from '../formats/csv-dialect.ts';
import { WHOLE_TABLE_OPTIONS } from '../lookup/options.ts';
import { DEAD_LETTER_OPTIONS } from '../option/dead-letter-options.ts';
import type { ConnectorDescription, OptionIssue, Role } from '../option/description.ts';
import { parseDurationMs } from '../option/duration.ts';
import { parseSizeBytes } from '../option/size.ts';

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
      values: ['json', 'csv'],
      help: 'One record per line: a JSON object, or comma-separated values.',
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
      name: 'json.fail-on-missing-field',
      kind: 'boolean',
      role: 'source',
      required: false,
      default: 'false',
      help: 'A field that is absent rejects the record instead of being NULL.',
    },
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

function checkTogether(options: Readonly<Record<string, string>>, role: Role): OptionIssue[] {
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
