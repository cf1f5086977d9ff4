'use client';
import { Drawer, Paper, Table, Text } from '@mantine/core';
import { METRIC_NAMES, METRICS, type MetricName } from '@millrace/model';
import type { GraphView, JobDetailView } from '@millrace/protocol/api';
import {
  Empty,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  formatTime,
  type GraphVertex,
  JobGraph,
} from '@millrace/ui';
import { useState } from 'react';
import { helpOf } from '../metrics/charts.ts';

type Vertex = GraphView['vertices'][number];

/** The running graph; a click on a box opens the figures of its subtasks. */
export function GraphTab({ job }: { readonly job: JobDetailView }) {
  const [selected, setSelected] = useState<string>();
  if (job.graph === null) {
    return (
      <Paper>
        <Empty title="Nothing is running">
          The graph appears with the first report of the job’s master. Until then, the Plan tab shows what will run.
        </Empty>
      </Paper>
    );
  }
  const vertex = job.graph.vertices.find(({ id }) => id === selected);
  return (
    <Paper p={0}>
      <JobGraph
        vertices={job.graph.vertices.map(withFigures)}
        edges={job.graph.edges}
        height={460}
        onSelect={setSelected}
      />
      <Drawer
        opened={vertex !== undefined}
        onClose={() => setSelected(undefined)}
        position="right"
        size="xl"
        title={vertex?.label}
      >
        {vertex === undefined ? null : <Subtasks vertex={vertex} />}
      </Drawer>
    </Paper>
  );
}

function withFigures(vertex: Vertex): GraphVertex {
  const sum = (name: MetricName) => added(vertex.subtasks.map(({ metrics }) => metrics[name]));
  const mean = (name: MetricName) => {
    const total = sum(name);
    return total === undefined ? undefined : total / vertex.subtasks.length;
  };
  return {
    ...vertex,
    inPerSecond: sum('records_in_per_second'),
    outPerSecond: sum('records_out_per_second'),
    busy: mean('busy_ratio'),
    backpressure: mean('backpressure_ratio'),
  };
}

function added(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
}

/** One column per subtask, so that skew is seen at a glance. */
function Subtasks({ vertex }: { readonly vertex: Vertex }) {
  const names = METRIC_NAMES.filter((name) => vertex.subtasks.some(({ metrics }) => metrics[name] !== undefined));
  return (
    <Table.ScrollContainer minWidth={400}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Subtask</Table.Th>
            {vertex.subtasks.map(({ subtask }) => (
              <Table.Th key={subtask} ta="right">
                {subtask}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Table.Tr>
            <Table.Td>status</Table.Td>
            {vertex.subtasks.map(({ subtask, status }) => (
              <Table.Td key={subtask} ta="right">
                {status}
              </Table.Td>
            ))}
          </Table.Tr>
          {names.map((name) => (
            <Table.Tr key={name}>
              <Table.Td>
                <Text size="sm" title={helpOf(name)}>
                  {name.replaceAll('_', ' ')}
                </Text>
              </Table.Td>
              {vertex.subtasks.map(({ subtask, metrics }) => (
                <Table.Td key={subtask} ta="right" className="numbers">
                  {formatMetric(name, metrics[name])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function formatMetric(name: MetricName, value: number | undefined): string {
  if (name === 'watermark') return value === undefined || value > 8e15 ? '–' : formatTime(value).slice(11);
  switch (METRICS[name].unit) {
    case 'bytes':
      return formatBytes(value);
    case 'ms':
      return formatDuration(value);
    case 'ratio':
      return formatRatio(value);
    case 'records/s':
      return formatRate(value);
    default:
      return formatCount(value);
  }
}
