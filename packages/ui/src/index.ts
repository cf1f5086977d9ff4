export {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  formatTime,
  formatWhole,
  timeZoneOf,
} from './format.ts';
export { type GraphEdge, type GraphVertex, JobGraph } from './job-graph.tsx';
export { ResourceBar } from './resource-bar.tsx';
export { Sparkline } from './sparkline.tsx';
export { SqlEditor, type SqlEditorHandle } from './sql-editor.tsx';
export { StatTile } from './stat-tile.tsx';
export { Answered, Empty, Failed, Loading } from './states.tsx';
export { StatusBadge } from './status-badge.tsx';
export { theme } from './theme.ts';
export { TimeAgo, useNow } from './time-ago.tsx';
export { type ChartSeries, TimeChart } from './time-chart.tsx';
