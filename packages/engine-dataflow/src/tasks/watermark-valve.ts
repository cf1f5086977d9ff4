/** What changed for the chain after one channel spoke. */
export interface ValveChange {
  readonly watermark: number | undefined;
  readonly idle: boolean | undefined;
}

const NOTHING: ValveChange = { watermark: undefined, idle: undefined };

/**
 * Combines the watermarks of N channels: the minimum over those that are not idle, never going back. A
 * channel that wakes up behind the combined watermark does not hold it back again until it has caught up
 * (Flink's StatusWatermarkValve). When all are idle, so is the task, and the watermark stays.
 */
export class WatermarkValve {
  readonly #marks: Float64Array;
  readonly #idle: Uint8Array;
  #combined = Number.NEGATIVE_INFINITY;
  #allIdle = false;

  constructor(channels: number) {
    this.#marks = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
    this.#idle = new Uint8Array(channels);
  }

  onWatermark(channel: number, timestamp: number): ValveChange {
    if (timestamp > (this.#marks[channel] ?? 0)) this.#marks[channel] = timestamp;
    return this.#advance();
  }

  onIdle(channel: number, idle: boolean): ValveChange {
    this.#idle[channel] = idle ? 1 : 0;
    return this.#advance();
  }

  /** A record came: the channel is active, whatever it said before. */
  onRecord(channel: number): ValveChange {
    return this.#idle[channel] === 1 ? this.onIdle(channel, false) : NOTHING;
  }

  #advance(): ValveChange {
    let minimum = Number.POSITIVE_INFINITY;
    let active = 0;
    for (let at = 0; at < this.#marks.length; at++) {
      if (this.#idle[at] === 1) continue;
      active++;
      minimum = Math.min(minimum, this.#marks[at] ?? 0);
    }
    const idle = (active === 0) !== this.#allIdle ? active === 0 : undefined;
    this.#allIdle = active === 0;
    if (active === 0 || minimum <= this.#combined) return { watermark: undefined, idle };
    this.#combined = minimum;
    return { watermark: minimum, idle };
  }
}
