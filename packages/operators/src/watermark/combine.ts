/** What a change of one input means for the output: a field is present only when it changes something. */
export interface ValveOutput {
  readonly watermark?: number;
  /** All inputs are idle now, or one of them is active again. */
  readonly idle?: boolean;
}

const NOTHING: ValveOutput = {};

interface Channel {
  watermark: number;
  idle: boolean;
  /** Has caught up with the output since it was last idle. */
  aligned: boolean;
}

/**
 * The watermark of several inputs: the minimum over those that are not idle, never going back. An input that comes
 * back from idleness counts again once it has reached what was promised without it. When the last one
 * falls idle, what the furthest has promised holds (Flink's StatusWatermarkValve).
 */
export class WatermarkValve {
  readonly #channels: Channel[];
  #output = Number.NEGATIVE_INFINITY;
  #idle = false;

  constructor(channels: number) {
    this.#channels = Array.from({ length: channels }, () => ({
      watermark: Number.NEGATIVE_INFINITY,
      idle: false,
      aligned: true,
    }));
  }

  /** -Infinity before the first. */
  get watermark(): number {
    return this.#output;
  }

  get idle(): boolean {
    return this.#idle;
  }

  onWatermark(channel: number, timestamp: number): ValveOutput {
    const state = this.#channels[channel];
    if (state === undefined || timestamp <= state.watermark) return NOTHING;
    state.watermark = timestamp;
    if (state.idle) return NOTHING;
    if (timestamp >= this.#output) state.aligned = true;
    return this.#advanced();
  }

  onIdle(channel: number, idle: boolean): ValveOutput {
    const state = this.#channels[channel];
    if (state === undefined || state.idle === idle) return NOTHING;
    state.idle = idle;
    state.aligned = !idle && state.watermark >= this.#output;
    const advanced = this.#advanced();
    const allIdle = this.#channels.every((one) => one.idle);
    if (allIdle === this.#idle) return advanced;
    this.#idle = allIdle;
    return { ...advanced, idle: allIdle };
  }

  #advanced(): ValveOutput {
    const active = this.#channels.filter((one) => !one.idle);
    const held = active.filter((one) => one.aligned).map((one) => one.watermark);
    let next = this.#output;
    if (held.length > 0) next = Math.min(...held);
    else if (active.length === 0) next = Math.max(...this.#channels.map((one) => one.watermark));
    if (next <= this.#output) return NOTHING;
    this.#output = next;
    return { watermark: next };
  }
}
