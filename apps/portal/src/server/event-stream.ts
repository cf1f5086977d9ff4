import { STREAM_TOPICS_MAX, STREAMS_PER_USER_MAX, type StreamTopic, streamTopicSchema } from '@millrace/protocol/api';
import { liveFeed } from './live-feed.ts';
import { HttpError } from './problem.ts';
import { type Caller, callerOf } from './session.ts';

/** How often a stream shows that it lives, and asks whether the session behind it still does. */
const HEARTBEAT_MS = 15_000;
const PENDING_BYTES_MAX = 262_144;

/** The topics of a request, each once. Throws 422 for one that does not exist. */
export function topicsOf(text: string): readonly StreamTopic[] {
  const names = [...new Set(text.split(','))].filter((name) => name !== '');
  const topics = names.map((name) => streamTopicSchema.safeParse(name));
  const wrong = topics.findIndex(({ success }) => !success);
  if (wrong >= 0 || names.length === 0 || names.length > STREAM_TOPICS_MAX) {
    const message = `topics is a list of 1 to ${STREAM_TOPICS_MAX} of overview, jobs, queues and job:<id>${wrong < 0 ? '' : `; '${names[wrong]?.slice(0, 80)}' is none of them`}.`;
    throw new HttpError(422, 'stream.topics', message, [{ path: 'topics', message }]);
  }
  return topics.flatMap(({ data }) => data ?? []);
}

const holder = globalThis as typeof globalThis & { millraceStreams?: Map<string, number> };

/** How many streams each user has open. */
function open(): Map<string, number> {
  holder.millraceStreams ??= new Map();
  return holder.millraceStreams;
}

/** Takes one of a user's places; the returned function gives it back. Throws 429 when all are taken. */
function takePlace(userId: string): () => void {
  const count = open().get(userId) ?? 0;
  if (count >= STREAMS_PER_USER_MAX) {
    const message = `${STREAMS_PER_USER_MAX} live streams of yours are open. Close a tab, or ask without a stream.`;
    throw new HttpError(429, 'stream.too-many', message);
  }
  open().set(userId, count + 1);
  return () => {
    const left = (open().get(userId) ?? 1) - 1;
    if (left > 0) open().set(userId, left);
    else open().delete(userId);
  };
}

/**
 * The response to one EventSource: the state of every topic, then every change of it. It ends with the session behind it,
 * within one heartbeat. A reader that falls 256 KiB behind is cut off; it comes back by itself (`Last-Event-ID` or not, state
 * needs no replay) and gets the current state.
 */
export function eventStream(
  request: Request,
  caller: Caller,
  topics: readonly StreamTopic[],
  heartbeatMs = HEARTBEAT_MS,
): Response {
  const leavePlace = takePlace(caller.user.id);
  const encoder = new TextEncoder();
  /** Gives back what the stream holds, once. */
  let release: (() => void) | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = () => {
          if (release === undefined) return;
          release();
          controller.close();
        };
        // Events and heartbeats that were on their way when the stream ended go nowhere.
        const send = (event: string) => {
          if (release === undefined) return;
          if ((controller.desiredSize ?? 0) < -PENDING_BYTES_MAX) end();
          else controller.enqueue(encoder.encode(event));
        };
        const beat = setInterval(() => void heartbeat(request, send, end), heartbeatMs);
        const remove = liveFeed().add({ topics: new Set(topics), send });
        release = () => {
          release = undefined;
          clearInterval(beat);
          remove();
          leavePlace();
        };
        send('retry: 3000\n\n');
        request.signal.addEventListener('abort', end, { once: true });
        if (request.signal.aborted) end();
      },
      cancel() {
        release?.();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

/** A session that cannot be looked up now is not one that has ended. */
async function heartbeat(request: Request, send: (event: string) => void, end: () => void): Promise<void> {
  const lives = await callerOf(request).then(
    (caller) => caller !== undefined,
    () => true,
  );
  send(lives ? 'event: heartbeat\ndata: {}\n\n' : 'event: session-ended\ndata: {}\n\n');
  if (!lives) end();
}
