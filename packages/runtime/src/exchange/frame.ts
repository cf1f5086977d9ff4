import { exchangeError } from './exchange-error.ts';

/**
 * Messages of the exchange, little endian:
 *
 *   message := length u32 (of body) | type u8 | 0 u8 | 0 u16 | channel u32 | body
 *
 *   type            from       channel  body
 *   1 hello         connector  0        JSON { protocol, application, container, token }
 *   2 welcome       listener   0        empty
 *   3 open          connector  new      JSON ChannelId
 *   4 batch         connector  open     columnar frame of @millrace/batch
 *   5 control       connector  open     JSON: watermark, watermark-status, barrier, end
 *   6 close         connector  open     empty; the sending task closed
 *   7 credit        listener   open     u32 bytes
 *   8 refused       listener   open     JSON { code, message }; for channel 0 the whole connection
 *   9 receiver-gone listener   open     empty; the receiving task closed
 */
export const MESSAGE = {
  hello: 1,
  welcome: 2,
  open: 3,
  batch: 4,
  control: 5,
  close: 6,
  credit: 7,
  refused: 8,
  receiverGone: 9,
} as const;

export const PROTOCOL = 'millrace-exchange-1';
export const HEADER_BYTES = 12;
/** Largest body, a batch of wide rows. Anything longer is taken for garbage. */
export const BODY_BYTES_MAX = 64 << 20;
/** Before the handshake, so that a stranger cannot make us allocate. */
export const HELLO_BYTES_MAX = 4_096;

export interface Message {
  readonly type: number;
  readonly channel: number;
  /** A buffer of its own, starting at offset 0: columns can be views into it. */
  readonly body: Uint8Array;
}

export function encodeHeader(type: number, channel: number, bodyBytes: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, bodyBytes, true);
  view.setUint8(4, type);
  view.setUint32(8, channel, true);
  return header;
}

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function decodeJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw exchangeError('exchange.malformed', 'A message of the exchange is not JSON.', cause);
  }
}

export function encodeCredit(bytes: number): Uint8Array {
  const body = new Uint8Array(4);
  new DataView(body.buffer).setUint32(0, bytes, true);
  return body;
}

export function decodeCredit(body: Uint8Array): number {
  if (body.length !== 4) throw exchangeError('exchange.malformed', `A credit of ${body.length} bytes.`);
  return new DataView(body.buffer, body.byteOffset, 4).getUint32(0, true);
}

/** Puts messages together again from the chunks a socket gives. Copies every body once, into place. */
export class MessageReader {
  /** Raised by the owner after the handshake. */
  bodyBytesMax = HELLO_BYTES_MAX;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFilled = 0;
  #body: Uint8Array | undefined;
  #bodyFilled = 0;

  /** Every message that is complete with this chunk. Throws `exchange.malformed` for an impossible length. */
  *feed(chunk: Uint8Array): Generator<Message> {
    let at = 0;
    while (at < chunk.length || this.#isComplete()) {
      if (this.#body === undefined) at += this.#fillHeader(chunk, at);
      if (this.#body === undefined) return;
      const part = chunk.subarray(at, at + this.#body.length - this.#bodyFilled);
      this.#body.set(part, this.#bodyFilled);
      this.#bodyFilled += part.length;
      at += part.length;
      if (!this.#isComplete()) return;
      const message = { type: this.#header[4] ?? 0, channel: this.#view().getUint32(8, true), body: this.#body };
      this.#body = undefined;
      this.#headerFilled = 0;
      yield message;
    }
  }

  #isComplete(): boolean {
    return this.#body !== undefined && this.#bodyFilled === this.#body.length;
  }

  #fillHeader(chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + HEADER_BYTES - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    if (this.#headerFilled === HEADER_BYTES) {
      const length = this.#view().getUint32(0, true);
      if (length > this.bodyBytesMax) throw exchangeError('exchange.malformed', `A message claims ${length} bytes.`);
      this.#body = new Uint8Array(length);
      this.#bodyFilled = 0;
    }
    return part.length;
  }

  #view(): DataView {
    return new DataView(this.#header.buffer);
  }
}
