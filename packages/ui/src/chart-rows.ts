/** What a chart draws at one moment, by the key of the series; null breaks the line. `at` is epoch ms. */
export type ChartRow = { readonly at: number } & Readonly<Record<string, number | null>>;

export interface ChartPoint {
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Neighbours this many usual distances apart have a silence between them: one late report is none. */
const SILENCE = 3;

/** The longest distance between two points that is still no silence: by what is usual here, at least the resolution. */
export function silenceMs(points: readonly ChartPoint[], resolutionMs: number): number {
  const distances = points.slice(1).map(({ at }, index) => at - (points[index]?.at ?? at));
  const usual = distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? resolutionMs;
  return SILENCE * Math.max(usual, resolutionMs);
}

/** One row per point, and a row of nulls in the middle of every silence. A key that is absent at a point is null there, never zero. */
export function rowsWithGaps(
  points: readonly ChartPoint[],
  keys: readonly string[],
  resolutionMs: number,
): readonly ChartRow[] {
  const longest = silenceMs(points, resolutionMs);
  const row = (at: number, values: Readonly<Record<string, number>>): ChartRow => ({
    ...Object.fromEntries(keys.map((key) => [key, values[key] ?? null])),
    at,
  });
  return points.flatMap(({ at, values }, index) => {
    const before = points[index - 1]?.at;
    const silent = before !== undefined && at - before > longest;
    return silent ? [row((before + at) / 2, {}), row(at, values)] : [row(at, values)];
  });
}

/** The newest figures, unless the chart's end is already a silence away from them: then nothing is known now. */
export function currentValues(
  points: readonly ChartPoint[],
  to: number,
  resolutionMs: number,
): Readonly<Record<string, number>> {
  const last = points.at(-1);
  return last === undefined || to - last.at > silenceMs(points, resolutionMs) ? {} : last.values;
}

/** Whether a row stands alone in its series: there is no line to it, so it is drawn as a dot. */
export function isAlone(rows: readonly ChartRow[], index: number, key: string): boolean {
  const known = (at: number) => typeof rows[at]?.[key] === 'number';
  return known(index) && !known(index - 1) && !known(index + 1);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((count) => count * HOUR),
];
const TICKS_MAX = 6;

/** Round moments of the local clock within a range, at most six, and how far apart they are. `offsetMs`: local time minus UTC. */
export function timeTicks(
  from: number,
  to: number,
  offsetMs: number,
): { readonly ticks: readonly number[]; readonly stepMs: number } {
  const stepMs =
    STEPS.find((step) => (to - from) / step <= TICKS_MAX) ??
    24 * HOUR * Math.ceil((to - from) / (TICKS_MAX * 24 * HOUR));
  const first = Math.ceil((from + offsetMs) / stepMs) * stepMs - offsetMs;
  const ticks: number[] = [];
  for (let at = first; at <= to && ticks.length <= TICKS_MAX; at += stepMs) ticks.push(at);
  return { ticks, stepMs };
}
