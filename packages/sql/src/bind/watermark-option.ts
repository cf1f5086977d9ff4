import { IDLE_TIMEOUT_OPTION, MAX_AHEAD_OPTION, WATERMARK_OPTIONS } from '../connector-options.ts';
import type { Report } from '../diagnostic.ts';
import { parseDuration } from './duration.ts';
import { checkDuration, IDLE_TIMEOUT_SETTING } from './setting.ts';
import { type BoundTable, optionOf } from './table.ts';

/** Tells of options about the watermark that are no durations. */
export function checkWatermarkOptions(table: BoundTable, report: Report): void {
  for (const option of table.options) {
    if (WATERMARK_OPTIONS.has(option.key)) checkDuration(option.value, option.valueSpan, report);
  }
}

/** How long a split may be silent before it no longer holds the watermark back. Default 10 s. */
export function idleTimeoutMs(table: BoundTable, settings: Readonly<Record<string, string>>): number {
  const text = optionOf(table, IDLE_TIMEOUT_OPTION) ?? settings[IDLE_TIMEOUT_SETTING];
  return (text === undefined ? undefined : parseDuration(text)) ?? IDLE_TIMEOUT_DEFAULT_MS;
}

const IDLE_TIMEOUT_DEFAULT_MS = 10_000;

/** How far ahead of the clock a row may be dated; undefined: the table does not say. */
export function maxAheadMs(table: BoundTable): number | undefined {
  const text = optionOf(table, MAX_AHEAD_OPTION);
  return text === undefined ? undefined : parseDuration(text);
}
