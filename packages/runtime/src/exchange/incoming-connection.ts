import type { Socket } from 'node:net';
import { errorData } from '@millrace/model';
import { z } from 'zod';
import { channelIdSchema } from './channel-key.ts';
import { decodeControl } from './control.ts';
import { exchangeError } from './exchange-error.ts';
import { decodeJson, encodeCredit, encodeJson, MESSAGE, type Message, PROTOCOL } from './frame.ts';
import type { Attachment, Inputs } from './inputs.ts';
import { MessageSocket } from './message-socket.ts';
import { type PeerIdentity, peerIdentitySchema, sameToken } from './peer-identity.ts';

const HELLO_TIMEOUT_MS = 5_000;
const helloSchema = peerIdentitySchema.extend({ protocol: z.literal(PROTOCOL) });

/** The listening side of `OutgoingConnection`: every channel it opens becomes the sender of one input. */
export class IncomingConnection {
  readonly #socket: MessageSocket;
  readonly #inputs: Inputs;
  readonly #self: PeerIdentity;
  readonly #attached = new Map<number, Attachment>();
  readonly #helloTimeout: NodeJS.Timeout;
  #welcome = false;

  constructor(socket: Socket, self: PeerIdentity, inputs: Inputs, onClose: () => void) {
    this.#self = self;
    this.#inputs = inputs;
    this.#socket = new MessageSocket(socket, {
      onMessage: (message) => this.#receive(message),
      onClose: (reason) => {
        clearTimeout(this.#helloTimeout);
        for (const attachment of this.#attached.values()) attachment.break(reason);
        this.#attached.clear();
        onClose();
      },
    });
    this.#helloTimeout = setTimeout(() => this.destroy(refused('no hello')), HELLO_TIMEOUT_MS);
  }

  destroy(reason: Error): void {
    this.#socket.destroy(reason);
  }

  #receive({ type, channel, body }: Message): void {
    if (!this.#welcome) {
      this.#greet(type, body);
      return;
    }
    switch (type) {
      case MESSAGE.open:
        this.#open(channel, body);
        return;
      case MESSAGE.batch:
        this.#attached.get(channel)?.push(body, body.length);
        return;
      case MESSAGE.control:
        this.#attached.get(channel)?.push(decodeControl(body), 0);
        return;
      case MESSAGE.close:
        this.#attached.get(channel)?.close();
        this.#attached.delete(channel);
        return;
      default:
        throw exchangeError('exchange.malformed', `Unexpected message ${type} from a sender.`);
    }
  }

  #greet(type: number, body: Uint8Array): void {
    const hello = type === MESSAGE.hello ? helloSchema.safeParse(decodeJson(body)) : undefined;
    const welcome =
      hello?.success === true &&
      hello.data.application === this.#self.application &&
      sameToken(hello.data.token, this.#self.token);
    if (!welcome) {
      const error = refused('the token, the application or the protocol does not fit');
      this.#socket.write(MESSAGE.refused, 0, encodeJson({ code: error.code, message: error.message }));
      throw error;
    }
    clearTimeout(this.#helloTimeout);
    this.#welcome = true;
    this.#socket.trust();
    this.#socket.write(MESSAGE.welcome, 0);
  }

  #open(number: number, body: Uint8Array): void {
    const channel = channelIdSchema.safeParse(decodeJson(body));
    if (!channel.success || this.#attached.has(number)) {
      throw exchangeError('exchange.malformed', `Channel ${number} cannot be opened.`);
    }
    try {
      const attachment = this.#inputs.attach(channel.data, {
        grant: (bytes) => this.#socket.write(MESSAGE.credit, number, encodeCredit(bytes)),
        receiverClosed: () => {
          this.#attached.delete(number);
          this.#socket.write(MESSAGE.receiverGone, number);
        },
      });
      this.#attached.set(number, attachment);
    } catch (error) {
      const { code, message } = errorData(error);
      this.#socket.write(MESSAGE.refused, number, encodeJson({ code, message }));
    }
  }
}

function refused(reason: string): ReturnType<typeof exchangeError> {
  return exchangeError('exchange.refused', `The connection was refused: ${reason}.`);
}
