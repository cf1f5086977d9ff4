'use client';
import '@xyflow/react/dist/style.css';
import { useComputedColorScheme } from '@mantine/core';
import {
  Background,
  BaseEdge,
  Controls,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { useMemo } from 'react';
import { formatRate, formatRatio } from './format.ts';
import { layoutGraph } from './graph-layout.ts';

/** One box: a chain of operators that run as one task. Figures are absent when unknown or not running. */
export interface GraphVertex {
  readonly id: string;
  readonly label: string;
  readonly operators: readonly { readonly id: string; readonly kind: string; readonly label: string }[];
  readonly parallelism: number;
  readonly inPerSecond?: number | undefined;
  readonly outPerSecond?: number | undefined;
  readonly busy?: number | undefined;
  readonly backpressure?: number | undefined;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly partitioning: string;
}

interface Props {
  readonly vertices: readonly GraphVertex[];
  readonly edges: readonly GraphEdge[];
  readonly height: number | string;
  readonly onSelect?: (id: string) => void;
}

const WIDTH = 270;
const heightOf = (vertex: GraphVertex) => 42 + vertex.operators.length * 17;

/** The running graph: boxes coloured by how busy they are, edges labelled with what flows and how it is partitioned. */
export function JobGraph({ vertices, edges, height, onSelect }: Props) {
  const scheme = useComputedColorScheme('dark');
  const shape = JSON.stringify([
    vertices.map(({ id, operators }) => [id, operators.length]),
    edges.map(({ from, to }) => [from, to]),
  ]);
  // Positions change only with the shape of the graph, not with its figures.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for vertices and edges
  const positions = useMemo(
    () =>
      layoutGraph(
        vertices.map((vertex) => ({ id: vertex.id, width: WIDTH, height: heightOf(vertex) })),
        edges,
      ),
    [shape],
  );
  const nodes: Node<{ vertex: GraphVertex }>[] = vertices.map((vertex) => ({
    id: vertex.id,
    type: 'vertex',
    position: positions.get(vertex.id) ?? { x: 0, y: 0 },
    data: { vertex },
    draggable: false,
    connectable: false,
  }));
  const rateOf = new Map(vertices.map((vertex) => [vertex.id, vertex.outPerSecond]));
  const lines: Edge<{ label: string; rate: number | undefined }>[] = edges.map(({ from, to, partitioning }) => ({
    id: `${from} ${to}`,
    source: from,
    target: to,
    type: 'flow',
    data: { label: partitioning, rate: rateOf.get(from) },
  }));
  return (
    <div style={{ height, width: '100%' }}>
      <ReactFlow
        key={shape}
        nodes={nodes}
        edges={lines}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        colorMode={scheme}
        onNodeClick={(_, node) => onSelect?.(node.id)}
        nodesFocusable
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.15 }}
        minZoom={0.1}
        proOptions={{ hideAttribution: true }}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function VertexBox({ data }: NodeProps<Node<{ vertex: GraphVertex }>>) {
  const { vertex } = data;
  return (
    <div
      style={{
        width: WIDTH,
        minHeight: heightOf(vertex),
        background: 'var(--mantine-color-body)',
        border: '1px solid var(--mantine-color-default-border)',
        borderLeft: `4px solid ${colorOf(vertex)}`,
        borderRadius: 4,
        padding: '6px 8px',
        fontSize: 11,
        cursor: 'pointer',
      }}
    >
      <Handle type="target" position={Position.Left} style={{ opacity: 0 }} />
      {vertex.operators.map((operator) => (
        <div
          key={operator.id}
          title={operator.label}
          style={{ whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis', lineHeight: '17px' }}
        >
          <span style={{ color: 'var(--mantine-color-dimmed)' }}>{operator.kind}</span> <b>{operator.label}</b>
        </div>
      ))}
      <div
        style={{
          color: 'var(--mantine-color-dimmed)',
          marginTop: 4,
          borderTop: '1px solid var(--mantine-color-default-border)',
          paddingTop: 3,
          display: 'flex',
          justifyContent: 'space-between',
        }}
      >
        <span>× {vertex.parallelism}</span>
        {vertex.inPerSecond === undefined && vertex.outPerSecond === undefined ? null : (
          <span>
            {formatRate(vertex.inPerSecond)} in · {formatRate(vertex.outPerSecond)} out
          </span>
        )}
        {vertex.busy === undefined ? null : <span>busy {formatRatio(vertex.busy)}</span>}
      </div>
      <Handle type="source" position={Position.Right} style={{ opacity: 0 }} />
    </div>
  );
}

function FlowEdge(props: EdgeProps<Edge<{ label: string; rate: number | undefined }>>) {
  const [path, x, y] = getBezierPath(props);
  const rate = props.data?.rate;
  return (
    <>
      <BaseEdge
        id={props.id}
        path={path}
        style={{ strokeWidth: 1.5 + Math.min(4, Math.log10(1 + (rate ?? 0))), stroke: 'var(--mantine-color-water-5)' }}
      />
      <EdgeLabelRenderer>
        <div
          style={{
            position: 'absolute',
            transform: `translate(-50%, -50%) translate(${x}px, ${y}px)`,
            background: 'var(--mantine-color-body)',
            border: '1px solid var(--mantine-color-default-border)',
            borderRadius: 3,
            padding: '0 4px',
            fontSize: 10,
          }}
        >
          {props.data?.label}
          {rate === undefined ? '' : ` · ${formatRate(rate)}`}
        </div>
      </EdgeLabelRenderer>
    </>
  );
}

/** Idle blue, busy red, backpressured dark: Flink's convention. Grey when nothing is known. */
function colorOf({ busy, backpressure }: GraphVertex): string {
  if (busy === undefined) return 'var(--mantine-color-gray-5)';
  if ((backpressure ?? 0) > 0.5) return 'var(--mantine-color-dark-9)';
  if (busy > 0.8) return 'var(--mantine-color-red-6)';
  return busy > 0.5 ? 'var(--mantine-color-orange-6)' : 'var(--mantine-color-teal-6)';
}

const NODE_TYPES = { vertex: VertexBox };
const EDGE_TYPES = { flow: FlowEdge };
