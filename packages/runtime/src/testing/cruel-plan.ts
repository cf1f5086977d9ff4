import { BatchBuilder, type Value } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import { inputsOf, type LogicalNode, type LogicalPlan } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import type { SeededRandom } from '@millrace/testing/seeded-random';

/** What happens to a plan: rows of a table come (their values by column name), the watermark of all tables advances, the clock does. */
export type Happening =
  | { readonly kind: 'rows'; readonly table: string; readonly rows: readonly Readonly<Record<string, Value>>[] }
  | { readonly kind: 'watermark'; readonly at: number }
  | { readonly kind: 'clock'; readonly now: number };

interface Stage {
  readonly node: LogicalNode;
  readonly harness: OperatorHarness | undefined;
  /** Which input of which stage reads it. */
  readonly readers: { readonly stage: Stage; readonly input: number }[];
  /** The watermark per input; their minimum is the stage's. */
  readonly watermarks: number[];
  /** What of the harness' output went on already. */
  taken: number;
}

/**
 * A plan whose every step is thrown away and restored after every call, with batches cut at random. Watermarks are given, not
 * made of rows: the plan's own watermark steps pass everything on. Gives the rows that reach the sink, each with the number of the happening after which it did.
 */
export class CruelPlan {
  readonly given: { readonly row: readonly Value[]; readonly after: number }[] = [];
  readonly #stages: readonly Stage[];
  readonly #random: SeededRandom;
  #now = 0;
  #happened = -1;

  private constructor(stages: readonly Stage[], random: SeededRandom) {
    this.#stages = stages;
    this.#random = random;
  }

  static async open(plan: LogicalPlan, random: SeededRandom, now = 0): Promise<CruelPlan> {
    const stages: Stage[] = [];
    const byId = new Map<OperatorId, Stage>();
    for (const node of plan.nodes) {
      const inputs = inputsOf(node).flatMap((id) => byId.get(id) ?? []);
      const create = () =>
        createOperator(
          node,
          inputs.map((input) => input.node.schema),
        );
      const isDriven = node.kind === 'source' || node.kind === 'sink' || node.kind === 'watermark';
      const harness = isDriven
        ? undefined
        : await OperatorHarness.open({ create, restoreAfterEachCall: true, random: () => random.next() });
      const stage: Stage = { node, harness, readers: [], watermarks: inputs.map(() => -Infinity), taken: 0 };
      if (harness !== undefined) harness.now = now;
      for (const [input, from] of inputs.entries()) from.readers.push({ stage, input });
      stages.push(stage);
      byId.set(node.id, stage);
    }
    const cruel = new CruelPlan(stages, random);
    cruel.#now = now;
    return cruel;
  }

  async happen(happening: Happening): Promise<void> {
    this.#happened++;
    if (happening.kind === 'clock') this.#now = happening.now;
    for (const stage of this.#stages) {
      if (happening.kind === 'clock' && stage.harness !== undefined) {
        stage.harness.now = this.#now;
        await stage.harness.processingTime([]);
        await this.#passOn(stage);
      }
      if (stage.node.kind !== 'source') continue;
      if (happening.kind === 'watermark') await this.#advance(stage, happening.at);
      if (happening.kind === 'rows' && happening.table === stage.node.table) {
        const { fields } = stage.node.schema;
        await this.#send(
          stage,
          happening.rows.map((row) => fields.map(({ name }) => row[name] ?? null)),
        );
      }
    }
  }

  end(): Promise<void> {
    return this.happen({ kind: 'watermark', at: MAX_WATERMARK });
  }

  async #send(from: Stage, rows: readonly (readonly Value[])[]): Promise<void> {
    if (rows.length === 0) return;
    for (const { stage, input } of from.readers) {
      if (stage.node.kind === 'sink') {
        this.given.push(...rows.map((row) => ({ row, after: this.#happened })));
      } else if (stage.harness === undefined) await this.#send(stage, rows);
      else {
        const builder = new BatchBuilder(from.node.schema);
        for (const row of rows) builder.append(row);
        await stage.harness.process(builder.finish(), input);
        await this.#passOn(stage);
      }
    }
  }

  async #advance(from: Stage, at: number): Promise<void> {
    for (const { stage, input } of from.readers) {
      const before = Math.min(...stage.watermarks);
      stage.watermarks[input] = Math.max(stage.watermarks[input] ?? 0, at);
      const now = Math.min(...stage.watermarks);
      if (now <= before) continue;
      if (stage.harness === undefined) await this.#advance(stage, now);
      else {
        await stage.harness.watermark(now);
        await this.#passOn(stage);
      }
    }
  }

  /** What the step gave since, in its order; sometimes row by row. */
  async #passOn(stage: Stage): Promise<void> {
    const { output } = stage.harness ?? { output: [] };
    let rows: (readonly Value[])[] = [];
    const isSlow = this.#random.integer(4) === 0;
    while (stage.taken < output.length) {
      const item = output[stage.taken++];
      if (item?.kind === 'row') {
        if (item.change !== 0) throw new Error(`${stage.node.label} takes rows back`);
        rows.push(item.row);
      }
      if (rows.length > 0 && (isSlow || item?.kind !== 'row' || stage.taken === output.length)) {
        await this.#send(stage, rows);
        rows = [];
      }
      if (item?.kind === 'watermark') await this.#advance(stage, item.timestamp);
    }
  }
}
