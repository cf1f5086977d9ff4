'use client';
import { Group, Paper, Text } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { useRef } from 'react';
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatTime } from './format.ts';

export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  readonly color: string;
}

export interface ChartPoint {
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
}

interface Props {
  readonly title: string;
  readonly points: readonly ChartPoint[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly from: number;
  readonly to: number;
  readonly height?: number;
}

/**
 * Figures over time. At most 300 points per series come from the server; nothing is animated, and a chart
 * outside the window is not drawn at all. A gap in the data is a gap in the line.
 */
export function TimeChart({ title, points, series, format, from, to, height = 170 }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const { ref, entry } = useIntersection({ rootMargin: '200px' });
  const rows = points.map(({ at, values }) => ({ at, ...values }));
  const last = points.at(-1)?.values ?? {};
  return (
    <Paper ref={root} p="xs">
      <Group justify="space-between" mb={4} wrap="nowrap">
        <Text size="sm" fw={600}>
          {title}
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
        {entry?.isIntersecting && rows.length > 0 ? (
          <ResponsiveContainer width="100%" height="100%">
            <AreaChart data={rows} margin={{ top: 4, right: 4, bottom: 0, left: 0 }}>
              <CartesianGrid vertical={false} stroke="var(--mantine-color-default-border)" />
              <XAxis
                dataKey="at"
                type="number"
                domain={[from, to]}
                allowDataOverflow
                tickFormatter={shortTime}
                tick={TICK}
                tickLine={false}
                minTickGap={60}
                stroke="var(--mantine-color-default-border)"
              />
              <YAxis
                width={64}
                tickFormatter={format}
                tick={TICK}
                tickLine={false}
                axisLine={false}
                domain={[0, 'auto']}
              />
              <Tooltip
                isAnimationActive={false}
                labelFormatter={(at) => formatTime(Number(at))}
                formatter={(value, name) => [
                  format(Number(value)),
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
                  dot={false}
                  isAnimationActive={false}
                  type="linear"
                />
              ))}
            </AreaChart>
          </ResponsiveContainer>
        ) : (
          <Text size="xs" c="dimmed" ta="center" pt={height / 3}>
            {rows.length === 0 ? 'No figures in this range yet' : ''}
          </Text>
        )}
      </div>
    </Paper>
  );
}

const TICK = { fontSize: 11, fill: 'var(--mantine-color-dimmed)' };

function shortTime(at: number): string {
  return formatTime(at).slice(11, 19);
}
