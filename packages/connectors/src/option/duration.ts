const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  milli: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1_000,
  sec: 1_000,
  secs: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** Flink's duration text (`TimeUtils.parseDuration`): `500 ms`, `5s`, `1 min`; a bare number counts ms. Undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d{1,15})\s*([a-z]*)$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, count = '', unit = ''] = match;
  const scale = unit === '' ? 1 : UNITS[unit.toLowerCase()];
  return scale === undefined ? undefined : Number(count) * scale;
}
