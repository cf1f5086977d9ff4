import { errorCode } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * DeleteTopics (20), v0-6.
 *
 *     request   v0-5 [string name] · v6 [nullable string name · uuid id] · int32 timeoutMs
 *     response  v1+ int32 throttleMs · [(nullable from v6) string name · v6 uuid id · int16 error · v5+ nullable string message]
 */
export const deleteTopics: Api = {
  key: 20,
  name: 'DeleteTopics',
  versions: [0, 6],
  flexibleFrom: 4,
  handle: async ({ version, body, access }, broker) => {
    const wanted = body.array((r) => {
      if (version < 6) return { name: r.string(), id: NIL_UUID };
      const entry = { name: r.nullableString(), id: r.uuid() };
      r.tags();
      return entry;
    });
    const results = wanted.map(({ name, id }) => {
      if ((name === null) === (id === NIL_UUID)) {
        const message = name === null ? 'neither name nor id is given' : 'name and id are both given';
        return { name, id, error: 'INVALID_REQUEST', message, deleted: undefined } as const;
      }
      const topic = name === null ? broker.topics.getById(id) : broker.topics.get(name);
      const known = topic?.name ?? name;
      if (known !== null && !access.may('Topic:Delete', known)) {
        // Whoever came with an id, and may not see the topic, is not told its name.
        const shown = name ?? (access.may('Topic:Describe', known) ? known : null);
        const message = 'Authorization failed.';
        return { name: shown, id, error: 'TOPIC_AUTHORIZATION_FAILED', message, deleted: undefined } as const;
      }
      const missing = name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
      const deleted = topic === undefined ? undefined : broker.topics.delete(topic);
      return {
        name: topic?.name ?? name,
        id: topic?.id ?? id,
        error: topic === undefined ? missing : 'NONE',
        message: topic === undefined ? `there is no topic ${name ?? id}` : null,
        deleted,
      } as const;
    });
    await Promise.all(results.map(({ deleted }) => deleted));
    await Promise.all(
      results.map(({ name, error }) =>
        error === 'NONE' && name !== null ? broker.offsets.deleteTopic(name) : undefined,
      ),
    );
    return (writer) => {
      if (version >= 1) writer.int32(0);
      writer.array(results, ({ name, id, error, message }, w) => {
        if (version >= 6) w.nullableString(name).uuid(id);
        else w.string(name ?? '');
        w.int16(errorCode(error));
        if (version >= 5) w.nullableString(message);
        w.tags();
      });
      writer.tags();
    };
  },
};
