import { timeZoneNamed } from '@millrace/plan';
import type { SetOption } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { TIME_ZONE_SETTING } from '../local-time-zone.ts';
import type { Span } from '../source-text.ts';
import { nearest } from '../suggestion.ts';
import { parseDuration } from './duration.ts';

/** A SET key: what it does, and values worth proposing. */
export interface Setting {
  readonly name: string;
  readonly help: string;
  readonly values: readonly string[];
}

export const IDLE_TIMEOUT_SETTING = 'table.exec.source.idle-timeout';
export const STATE_TTL_SETTING = 'table.exec.state.ttl';
export const REPEATED_CHANGES_SETTING = 'table.exec.source.cdc-events-duplicate';

/** Sources of changes may say a change more than once: of tables that have one, rows are told by their PRIMARY KEY. */
export function mayRepeatChanges(settings: Readonly<Record<string, string>>): boolean {
  return settings[REPEATED_CHANGES_SETTING]?.toLowerCase() === 'true';
}

/** The settings of a script that mean something here. */
export const SETTINGS: readonly Setting[] = [
  {
    name: IDLE_TIMEOUT_SETTING,
    help: 'How long a split of a source may be silent before it no longer holds the watermark back. Default: 10 s.',
    values: ['10 s', '30 s', '1 min', '5 min'],
  },
  {
    name: STATE_TTL_SETTING,
    help: 'How long joins, aggregates, top lists and deduplication remember what nothing touches. 0: for ever, the default.',
    values: ['1 h', '1 d', '7 d', '0'],
  },
  {
    name: REPEATED_CHANGES_SETTING,
    help: "Whether what captures changes ('debezium-json', 'canal-json', ...) may tell one twice: then the row of each PRIMARY KEY is remembered, and what is said again changes nothing. Default: false.",
    values: ['true', 'false'],
  },
  {
    name: TIME_ZONE_SETTING,
    help: 'The time zone in which TIMESTAMP_LTZ is shown, taken apart and cut into windows. Default: UTC.',
    values: ['UTC', 'Europe/Berlin', 'Asia/Shanghai', 'America/New_York'],
  },
];

const OF_JOB = 'it is set with the job, beside its text';
const DECIDED = 'the plan decides this by itself';

/** Settings of Flink that a script may carry for it, and why they do nothing here. */
const OF_FLINK: ReadonlyMap<string, string> = new Map([
  ...[
    'parallelism.default', 'table.exec.resource.default-parallelism', 'pipeline.max-parallelism', 'pipeline.name',
    'execution.checkpointing.interval', 'execution.checkpointing.mode', 'execution.checkpointing.timeout',
    'execution.checkpointing.min-pause', 'execution.checkpointing.max-concurrent-checkpoints',
    'execution.checkpointing.unaligned', 'execution.checkpointing.unaligned.enabled',
    'execution.checkpointing.tolerable-failed-checkpoints', 'execution.checkpointing.externalized-checkpoint-retention',
    'execution.checkpointing.dir', 'execution.checkpointing.savepoint-dir', 'execution.savepoint.path',
    'execution.state-recovery.path', 'state.checkpoints.dir', 'state.savepoints.dir', 'state.backend', 'state.backend.type',
    'state.backend.incremental', 'restart-strategy', 'restart-strategy.type', 'restart-strategy.fixed-delay.attempts',
    'restart-strategy.fixed-delay.delay', 'jobmanager.memory.process.size', 'taskmanager.memory.process.size',
    'taskmanager.numberOfTaskSlots', 'execution.target', 'execution.attached', 'yarn.application.queue',
  ].map((name) => [name, OF_JOB] as const),
  ...[
    'table.exec.mini-batch.enabled', 'table.exec.mini-batch.allow-latency', 'table.exec.mini-batch.size',
    'table.optimizer.agg-phase-strategy', 'table.optimizer.distinct-agg.split.enabled',
    'table.optimizer.distinct-agg.split.bucket-num', 'table.optimizer.reuse-source-enabled',
    'table.optimizer.reuse-sub-plan-enabled', 'table.optimizer.join-reorder-enabled', 'table.optimizer.multi-join.enabled',
    'table.optimizer.source.predicate-pushdown-enabled', 'table.optimizer.nondeterministic-update.strategy',
    'table.optimizer.non-deterministic-update.strategy', 'table.exec.sink.upsert-materialize',
    'table.exec.sink.not-null-enforcer', 'table.exec.sink.keyed-shuffle',
    'table.exec.async-lookup.buffer-capacity', 'table.exec.async-lookup.timeout', 'table.exec.async-lookup.output-mode',
    'table.exec.rank.topn-cache-size', 'table.exec.window-agg.buffer-size-limit', 'table.exec.legacy-cast-behaviour',
    'pipeline.auto-watermark-interval', 'pipeline.object-reuse', 'pipeline.operator-chaining',
    'pipeline.operator-chaining.enabled', 'execution.buffer-timeout', 'execution.buffer-timeout.interval',
    'table.dynamic-table-options.enabled', 'table.dml-sync', 'table.plan.compile.catalog-objects',
    'table.sql-dialect', 'table.builtin-catalog-name', 'table.builtin-database-name',
  ].map((name) => [name, DECIDED] as const),
  ...[
    'sql-client.execution.result-mode', 'sql-client.execution.max-table-result.rows', 'sql-client.verbose',
    'sql-client.display.max-column-width', 'execution.runtime-mode',
  ].map((name) => [name, 'every job here streams, and the preview shows its rows'] as const),
]); // biome-ignore format: lists of names

/** Tells of a value that is none, and warns of a key that does nothing here: Flink takes any, and the same text can go there. */
export function checkSetting({ key, keySpan, value, valueSpan }: SetOption, report: Report): void {
  switch (key) {
    case TIME_ZONE_SETTING:
      checkTimeZone(value, valueSpan, report);
      return;
    case IDLE_TIMEOUT_SETTING:
    case STATE_TTL_SETTING:
      checkDuration(value, valueSpan, report);
      return;
    case REPEATED_CHANGES_SETTING:
      if (!['true', 'false'].includes(value.toLowerCase()))
        report.error('sql.invalid-setting', valueSpan, `'${key}' takes true or false, not '${value}'.`);
      return;
    case 'execution.runtime-mode':
      if (value.toLowerCase() === 'batch')
        report.error('sql.unsupported', valueSpan, 'A job here streams: write streaming, or remove the statement.');
      return;
  }
  const why = OF_FLINK.get(key);
  if (why !== undefined) {
    report.warning('sql.no-effect', keySpan, `'${key}' has no effect here: ${why}.`);
    return;
  }
  const meant = nearest(key, [...SETTINGS.map(({ name }) => name), ...OF_FLINK.keys()]);
  const fix = meant === undefined ? undefined : { title: `Change to '${meant}'`, insert: `'${meant}'`, ...keySpan };
  const help = meant === undefined ? ' It has no effect here.' : ` Did you mean '${meant}'?`;
  report.warning('sql.invalid-setting', keySpan, `No setting '${key}'.${help}`, fix);
}

/** What is known of a setting, for people. */
export function settingHelp(key: string): string | undefined {
  const why = OF_FLINK.get(key);
  return SETTINGS.find(({ name }) => name === key)?.help ?? (why && `A setting of Flink without effect here: ${why}.`);
}

function checkTimeZone(value: string, span: Span, report: Report): void {
  if (timeZoneNamed(value) !== undefined) return;
  const message = `There is no time zone '${value}': write a name such as 'Europe/Berlin', or a distance from UTC such as '+05:30'.`;
  report.error('sql.invalid-setting', span, message);
}

export function checkDuration(value: string, span: Span, report: Report): void {
  if (parseDuration(value) !== undefined) return;
  report.error('sql.invalid-setting', span, `'${value}' is not a duration: write for example '10 s' or '500 ms'.`);
}
