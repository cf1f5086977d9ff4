import { METRIC_NAMES, METRICS, type MetricName } from '@millrace/model';
import type { Queryable } from '../client.ts';

/** One moment, all figures of a job. A metric that was not reported then is absent. */
export interface MetricPointRow {
  readonly at: Date;
  readonly values: Readonly<Partial<Record<MetricName, number>>>;
}

export interface MetricLevel {
  readonly resolutionMs: number;
  readonly retentionMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Each level is made from the one before it. */
export const METRIC_LEVELS = [
  { resolutionMs: 1_000, retentionMs: 15 * MINUTE_MS },
  { resolutionMs: 10_000, retentionMs: 6 * HOUR_MS },
  { resolutionMs: 60_000, retentionMs: 14 * 24 * HOUR_MS },
] as const satisfies readonly MetricLevel[];

/** What recharts draws without effort (ecosystem notes, section 5). */
export const POINTS_MAX = 300;

/** Counters and the watermark only grow: a bucket keeps the last value. Everything else is averaged. */
const KEPT_AS_LAST: readonly string[] = METRIC_NAMES.filter(
  (name) => METRICS[name].kind === 'counter' || name === 'watermark',
);

/** Which level to read and how wide a point is, for at most `POINTS_MAX` of them. Pure. */
export function resolutionFor(range: { readonly from: Date; readonly to: Date; readonly now: Date }): {
  readonly level: MetricLevel;
  readonly bucketMs: number;
} {
  const spanMs = range.to.getTime() - range.from.getTime();
  const ageMs = range.now.getTime() - range.from.getTime();
  const kept = METRIC_LEVELS.filter((level) => level.retentionMs >= ageMs);
  const level = kept.find((level) => spanMs / level.resolutionMs <= POINTS_MAX) ?? METRIC_LEVELS[2];
  return { level, bucketMs: Math.ceil(Math.max(1, spanMs / POINTS_MAX / level.resolutionMs)) * level.resolutionMs };
}

/** Points of `from` <= at < `to`, oldest first. */
export async function metricPoints(
  db: Queryable,
  jobId: string,
  range: { readonly from: Date; readonly to: Date },
): Promise<{ readonly bucketMs: number; readonly points: readonly MetricPointRow[] }> {
  const { level, bucketMs } = resolutionFor({ ...range, now: new Date() });
  const points = await db.$queryRaw<MetricPointRow[]>`
    select bucket as at, jsonb_object_agg(name, value) as values from (
      select date_bin(${bucketMs} * interval '1 ms', p.at, timestamptz '2000-01-01') as bucket, m.name,
             case when m.name = any(${[...KEPT_AS_LAST]}) then (array_agg(m.value order by p.at desc))[1] else avg(m.value) end as value
        from "MetricPoint" p, lateral (select key as name, value::text::float8 as value from jsonb_each(p.values)) m
       where p."jobId" = ${jobId} and p."resolutionMs" = ${level.resolutionMs} and p.at >= ${range.from} and p.at < ${range.to}
       group by 1, 2) folded
     group by bucket order by bucket limit ${POINTS_MAX + 1}`;
  return { bucketMs, points };
}

/** Writes the figures of this second; a second report within it replaces the first. */
export async function recordMetrics(
  db: Queryable,
  jobId: string,
  values: Readonly<Record<string, number>>,
): Promise<void> {
  await db.$executeRaw`
    insert into "MetricPoint" ("jobId", "resolutionMs", at, values)
    values (${jobId}, 1000, date_trunc('second', clock_timestamp()), ${JSON.stringify(values)}::jsonb)
    on conflict ("jobId", "resolutionMs", at) do update set values = excluded.values`;
}

/**
 * Makes every complete bucket that has no point yet from the finer level, then forgets what is older than
 * a level keeps. Repeating it changes nothing; missing a run loses nothing while the finer points are kept.
 */
export async function rollUpMetrics(db: Queryable): Promise<void> {
  for (const [index, coarse] of METRIC_LEVELS.entries()) {
    const fine = METRIC_LEVELS[index - 1];
    if (fine !== undefined) await rollUp(db, fine, coarse);
  }
  for (const level of METRIC_LEVELS)
    await db.$executeRaw`
      delete from "MetricPoint"
       where "resolutionMs" = ${level.resolutionMs} and at < clock_timestamp() - ${level.retentionMs} * interval '1 ms'`;
}

async function rollUp(db: Queryable, fine: MetricLevel, coarse: MetricLevel): Promise<void> {
  await db.$executeRaw`
    insert into "MetricPoint" ("jobId", "resolutionMs", at, values)
    select "jobId", ${coarse.resolutionMs}::int, bucket, jsonb_object_agg(name, value) from (
      select p."jobId", p.bucket, m.name,
             case when m.name = any(${[...KEPT_AS_LAST]}) then (array_agg(m.value order by p.at desc))[1] else avg(m.value) end as value
        from (select *, date_bin(${coarse.resolutionMs} * interval '1 ms', at, timestamptz '2000-01-01') as bucket
                from "MetricPoint" where "resolutionMs" = ${fine.resolutionMs}) p,
             lateral (select key as name, value::text::float8 as value from jsonb_each(p.values)) m
       where p.bucket + ${coarse.resolutionMs} * interval '1 ms' <= clock_timestamp()
         and p.bucket > coalesce((select max(c.at) from "MetricPoint" c
                                   where c."jobId" = p."jobId" and c."resolutionMs" = ${coarse.resolutionMs}), '-infinity')
       group by 1, 2, 3) folded
     group by "jobId", bucket
    on conflict do nothing`;
}
