import type { MasterHost, Source, Split } from '@millrace/contracts';
import type { CompletedCheckpoint, OperatorId } from '@millrace/model';
import { errorData } from '@millrace/model';
import type { PhysicalPlan, SourceNode } from '@millrace/plan';
import { sourceOf } from '../tasks/open-task.ts';
import { joinSplits, type KnownSplits } from './assign-splits.ts';

interface KnownSource {
  readonly node: SourceNode;
  readonly source: Source;
  /** Every split discovered by this master, as it was first seen: a start at "latest" stays where it was. */
  discovered: readonly Split[];
}

/** The master's half of all sources: finds splits, and finds new ones while the job runs. */
export class Sources {
  readonly #host: MasterHost;
  readonly #nodes: readonly SourceNode[];
  #known: readonly KnownSource[] = [];

  constructor(host: MasterHost, plan: PhysicalPlan) {
    this.#host = host;
    this.#nodes = plan.vertices.flatMap((vertex) => vertex.chain.filter((node) => node.kind === 'source'));
  }

  /** Once per master. */
  async discover(signal: AbortSignal): Promise<void> {
    const known: KnownSource[] = [];
    for (const node of this.#nodes) {
      const source = sourceOf(this.#host.connectors, node);
      known.push({ node, source, discovered: await source.discover(signal) });
    }
    this.#known = known;
  }

  /** What each source has to read when it starts from this checkpoint. */
  splits(from: CompletedCheckpoint | undefined): ReadonlyMap<OperatorId, KnownSplits> {
    return new Map(this.#known.map(({ node, discovered }) => [node.id, joinSplits(node.id, discovered, from)]));
  }

  /** Looks for new splits until the signal aborts; a failed look is logged and tried again at the next interval. */
  async watch(found: (source: OperatorId, splits: readonly Split[]) => void, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#known.map((known) => this.#watchOne(known, found, signal)));
  }

  async #watchOne(
    known: KnownSource,
    found: (source: OperatorId, splits: readonly Split[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { source, node } = known;
    if (source.discoveryIntervalMs === undefined || source.boundedness === 'bounded') return;
    while (!signal.aborted) {
      await this.#host.clock.sleep(source.discoveryIntervalMs, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        const ids = new Set(known.discovered.map((split) => split.id));
        const fresh = (await source.discover(signal)).filter((split) => !ids.has(split.id));
        if (fresh.length === 0 || signal.aborted) continue;
        known.discovered = [...known.discovered, ...fresh];
        found(node.id, fresh);
      } catch (error) {
        if (signal.aborted) return;
        this.#host.log.warn(`looking for new splits of ${node.table} failed`, { error: errorData(error).message });
      }
    }
  }
}
