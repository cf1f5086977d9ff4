'use client';
import { Group, Paper, Text } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { useMemo } from 'react';
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { type ChartPoint, type ChartRow, currentValues, isAlone, rowsWithGaps, timeTicks } from './chart-rows.ts';
import { formatTime, timeZoneOf } from './format.ts';

export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  readonly color: string;
}

interface Props {
  readonly title: string;
  /** What the vertical axis counts, as `records/s`. */
  readonly unit: string;
  readonly points: readonly ChartPoint[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  /** Whether the vertical axis is divided below one: not what is counted in records, bytes or milliseconds. */
  readonly hasFractions?: boolean;
  readonly from: number;
  readonly to: number;
  /** How far apart points of the server can be at least. */
  readonly resolutionMs: number;
  readonly height?: number;
}

/**
 * Figures over time. At most 300 points per series come from the server; nothing is animated, and a chart
 * outside the window is not drawn at all. A silence is a gap in the line, a figure that stands alone a dot; times are local.
 */
export function TimeChart({
  title,
  unit,
  points,
  series,
  format,
  hasFractions = false,
  from,
  to,
  resolutionMs,
  height = 170,
}: Props) {
  const { ref, entry } = useIntersection({ rootMargin: '200px' });
  const rows = useMemo(
    () =>
      rowsWithGaps(
        points,
        series.map(({ key }) => key),
        resolutionMs,
      ),
    [points, series, resolutionMs],
  );
  const last = currentValues(points, to, resolutionMs);
  const isEmpty = !rows.some((row) => series.some(({ key }) => row[key] !== null));
  const { ticks, stepMs } = timeTicks(from, to, -new Date(to).getTimezoneOffset() * 60_000);
  return (
    <Paper p="xs">
      <Group justify="space-between" mb={4} wrap="nowrap">
        <Text size="sm" fw={600}>
          {title}{' '}
          <Text span size="xs" c="dimmed" fw={400}>
            {unit}
          </Text>
        </Text>
        <Group gap="sm" wrap="nowrap">
          {series.map(({ key, label, color }) => (
            <Text key={key} size="xs" c="dimmed" component="span" style={{ whiteSpace: 'nowrap' }}>
              <span
                style={{
                  display: 'inline-block',
                  width: 8,
                  height: 8,
                  borderRadius: 2,
                  background: color,
                  marginRight: 5,
                }}
              />
              {label}{' '}
              <b style={{ color: 'var(--mantine-color-text)' }}>{last[key] === undefined ? '–' : format(last[key])}</b>
            </Text>
          ))}
        </Group>
      </Group>
      <div ref={ref} style={{ height }}>
        {entry?.isIntersecting && !isEmpty ? (
          <ResponsiveContainer width="100%" height="100%">
            <AreaChart data={rows} margin={{ top: 4, right: 4, bottom: 0, left: 0 }}>
              <CartesianGrid vertical={false} stroke="var(--mantine-color-default-border)" />
              <XAxis
                dataKey="at"
                type="number"
                domain={[from, to]}
                allowDataOverflow
                ticks={[...ticks]}
                interval={0}
                tickFormatter={(at) =>
                  formatTime(Number(at)).slice(...(stepMs < 60_000 ? [11, 19] : stepMs < DAY_MS ? [11, 16] : [5, 10]))
                }
                tick={TICK}
                tickLine={false}
                stroke="var(--mantine-color-default-border)"
              />
              <YAxis
                width={64}
                tickFormatter={format}
                tick={TICK}
                tickLine={false}
                axisLine={false}
                domain={[0, 'auto']}
                allowDecimals={hasFractions}
              />
              <Tooltip
                isAnimationActive={false}
                labelFormatter={(at) => `${formatTime(Number(at))} ${timeZoneOf(Number(at))}`}
                formatter={(value, name) => [
                  value === null || value === undefined ? 'unknown' : format(Number(value)),
                  series.find(({ key }) => key === name)?.label ?? String(name),
                ]}
                contentStyle={{
                  background: 'var(--mantine-color-body)',
                  border: '1px solid var(--mantine-color-default-border)',
                  borderRadius: 4,
                  fontSize: 12,
                }}
              />
              {series.map(({ key, color }) => (
                <Area
                  key={key}
                  dataKey={key}
                  stroke={color}
                  fill={color}
                  fillOpacity={0.12}
                  strokeWidth={1.5}
                  connectNulls={false}
                  dot={rows.some((_, index) => isAlone(rows, index, key)) ? lonelyDots(rows, key, color) : false}
                  isAnimationActive={false}
                  type="linear"
                />
              ))}
            </AreaChart>
          </ResponsiveContainer>
        ) : (
          <Text size="xs" c="dimmed" ta="center" pt={height / 3}>
            {isEmpty ? 'No figures in this range' : ''}
          </Text>
        )}
      </div>
    </Paper>
  );
}

/** A mark for every figure that no line reaches, nothing for the others. */
function lonelyDots(rows: readonly ChartRow[], key: string, color: string) {
  return ({ cx, cy, index }: { readonly cx?: number; readonly cy?: number; readonly index?: number }) =>
    isAlone(rows, index ?? -1, key) ? (
      <circle key={index} cx={cx} cy={cy} r={1.8} fill={color} stroke="none" />
    ) : (
      <g key={index} />
    );
}

const TICK = { fontSize: 11, fill: 'var(--mantine-color-dimmed)' };
const DAY_MS = 86_400_000;
