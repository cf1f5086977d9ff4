const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(ms|milli|millis|millisecond|milliseconds)$/, 1],
  [/^(s|sec|secs|second|seconds)$/, 1_000],
  [/^(m|min|mins|minute|minutes)$/, 60_000],
  [/^(h|hour|hours)$/, 3_600_000],
  [/^(d|day|days)$/, 86_400_000],
];

/** Flink's durations: `10 s`, `500ms`, `1 min`; a bare number is ms. Undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^\s*(\d{1,12})\s*([a-zA-Z]*)\s*$/.exec(text) ?? [];
  if (digits === '') return undefined;
  const factor = unit === '' ? 1 : UNITS.find(([pattern]) => pattern.test(unit.toLowerCase()))?.[1];
  return factor === undefined ? undefined : Number(digits) * factor;
}
