import { METRIC_NAMES, METRICS } from '@millrace/model';
import type { ScopeSnapshot } from './registry.ts';

/**
 * Prometheus text exposition format 0.0.4: per metric a HELP and a TYPE line, then one sample per scope.
 * Names get the prefix `millrace_`; label names keep letters, digits and underscores.
 */
export function formatPrometheus(scopes: readonly ScopeSnapshot[]): string {
  const lines: string[] = [];
  for (const name of METRIC_NAMES) {
    const samples = scopes.flatMap(({ labels, values }) => {
      const value = values[name];
      return value === undefined ? [] : [`millrace_${name}${formatLabels(labels)} ${value}`];
    });
    if (samples.length === 0) continue;
    lines.push(
      `# HELP millrace_${name} ${METRICS[name].help}`,
      `# TYPE millrace_${name} ${METRICS[name].kind}`,
      ...samples,
    );
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function formatLabels(labels: ScopeSnapshot['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name.replace(/\W/g, '_')}="${escapeValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
