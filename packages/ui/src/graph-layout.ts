import dagre from '@dagrejs/dagre';

export interface GraphBox {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** Left to right, layered; top-left corners by id. Pure; the caller keeps the result while the shape stays. */
export function layoutGraph(
  boxes: readonly GraphBox[],
  edges: readonly { readonly from: string; readonly to: string }[],
): ReadonlyMap<string, { x: number; y: number }> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', ranksep: 90, nodesep: 28 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { from, to } of edges) graph.setEdge(from, to);
  dagre.layout(graph);
  return new Map(
    boxes.map(({ id, width, height }) => {
      const { x, y } = graph.node(id);
      return [id, { x: x - width / 2, y: y - height / 2 }];
    }),
  );
}
