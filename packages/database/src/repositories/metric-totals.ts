import type { MetricName } from '@millrace/model';
import type { Queryable } from '../client.ts';
import { type MetricPointRow, POINTS_MAX, resolutionFor } from './metrics.ts';

/** What may be said of all jobs together: rates and lag in records add up, lag in time is the worst. */
const ADDED: readonly MetricName[] = ['records_in_per_second', 'records_out_per_second', 'source_lag_records'];
const WORST: readonly MetricName[] = ['source_lag_ms'];

/** Points of all jobs together, `from` <= at < `to`, oldest first: per job the mean of a bucket, then over the jobs. */
export async function totalMetricPoints(
  db: Queryable,
  range: { readonly from: Date; readonly to: Date },
): Promise<{ readonly bucketMs: number; readonly points: readonly MetricPointRow[] }> {
  const { level, bucketMs } = resolutionFor({ ...range, now: new Date() });
  const points = await db.$queryRaw<MetricPointRow[]>`
    select bucket as at, jsonb_object_agg(name, value) as values from (
      select bucket, name, case when name = any(${[...WORST]}) then max(value) else sum(value) end as value from (
        select date_bin(${bucketMs} * interval '1 ms', p.at, timestamptz '2000-01-01') as bucket, p."jobId", m.name,
               avg(m.value::text::float8) as value
          from "MetricPoint" p, lateral (select key as name, value from jsonb_each(p.values)
                                          where key = any(${[...ADDED, ...WORST]})) m
         where p."resolutionMs" = ${level.resolutionMs} and p.at >= ${range.from} and p.at < ${range.to}
         group by 1, 2, 3) per_job
       group by 1, 2) folded
     group by bucket order by bucket limit ${POINTS_MAX + 1}`;
  return { bucketMs, points };
}
