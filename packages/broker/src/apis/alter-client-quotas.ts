import { errorCode, type KafkaErrorName, type Reader } from '@millrace/kafka-protocol';
import { QUOTA_KEYS, type QuotaEntity, type QuotaKey, type QuotaLimits } from '../quotas/quota-entity.ts';
import type { Api, BrokerState } from './api.ts';
import { entityPart } from './quota-messages.ts';
import { settled } from './storage-error.ts';

const NAME_LENGTH_MAX = 255;

interface Wish {
  readonly parts: readonly { readonly type: string; readonly name: string | null }[];
  readonly operations: readonly { readonly key: string; readonly value: number; readonly remove: boolean }[];
}

/**
 * AlterClientQuotas (49), v0-1 (KIP-546). Each entity is altered or not, for itself. Only limits that this broker keeps
 * to can be set.
 *
 *     request   [[string type · nullable string name] · [string key · float64 value · bool remove]] · bool validateOnly
 *     response  int32 throttleMs · [int16 error · nullable string message · [string type · nullable string name]]
 */
export const alterClientQuotas: Api = {
  key: 49,
  name: 'AlterClientQuotas',
  versions: [0, 1],
  flexibleFrom: 1,
  handle: async ({ body, access }, broker) => {
    const wishes = body.array(readWish);
    const validateOnly = body.boolean();
    const allowed = access.may('Cluster:AlterConfigs');
    const results = wishes.map((wish): Result => {
      const message = allowed ? findProblem(wish, broker) : 'Cluster authorization failed.';
      if (!allowed) return { wish, error: 'CLUSTER_AUTHORIZATION_FAILED', message, stored: undefined };
      if (message !== undefined) return { wish, error: 'INVALID_REQUEST', message, stored: undefined };
      const stored = validateOnly ? undefined : settled(change(wish, broker), broker);
      return { wish, error: 'NONE', message: undefined, stored };
    });
    const answers = await Promise.all(
      results.map(async ({ wish, error, message, stored }) => ({ wish, message, error: (await stored) ?? error })),
    );
    return (writer) => {
      writer.int32(0);
      writer.array(answers, ({ wish, error, message }, w) => {
        w.int16(errorCode(error)).nullableString(message ?? null);
        w.array(wish.parts, ({ type, name }) => w.string(type).nullableString(name).tags()).tags();
      });
      writer.tags();
    };
  },
};

interface Result {
  readonly wish: Wish;
  readonly error: KafkaErrorName;
  readonly message: string | undefined;
  /** Resolves when the change is durable, or with what the disk said. */
  readonly stored: Promise<KafkaErrorName> | undefined;
}

function findProblem(wish: Wish, broker: BrokerState): string | undefined {
  const room = broker.quotas.hasRoomFor(1) ? undefined : 'there are too many limits';
  return findEntityProblem(wish) ?? findValueProblem(wish) ?? room;
}

function readWish(reader: Reader): Wish {
  const parts = reader.array((r) => {
    const part = { type: r.string(), name: r.nullableString() };
    r.tags();
    return part;
  });
  const operations = reader.array((r) => {
    const operation = { key: r.string(), value: r.float64(), remove: r.boolean() };
    r.tags();
    return operation;
  });
  reader.tags();
  return { parts, operations };
}

function findEntityProblem({ parts }: Wish): string | undefined {
  if (parts.length === 0) return 'a limit is for a user, a client id, or both';
  if (new Set(parts.map(({ type }) => type)).size < parts.length) return 'a type is named twice';
  for (const { type, name } of parts) {
    if (entityPart(type) === undefined) return `limits are for users and client ids, not for ${type}`;
    if (name === '') return 'a name is not empty; null is the default';
    if (name !== null && name.length > NAME_LENGTH_MAX) return `names are at most ${NAME_LENGTH_MAX} characters`;
  }
  return undefined;
}

function findValueProblem({ operations }: Wish): string | undefined {
  for (const { key, value, remove } of operations) {
    if (quotaKeyOf(key) === undefined) return `this broker limits ${QUOTA_KEYS.join(' and ')}, not ${key}`;
    if (!remove && !(Number.isSafeInteger(value) && value > 0))
      return `${key} is a whole number of bytes per second above 0`;
  }
  return undefined;
}

function change({ parts, operations }: Wish, broker: BrokerState): Promise<void> {
  const entity: QuotaEntity = Object.fromEntries(parts.map(({ type, name }) => [entityPart(type), name]));
  const limits = new Map(Object.entries(broker.quotas.limitsOf(entity)));
  for (const { key, value, remove } of operations) {
    if (remove) limits.delete(key);
    else limits.set(key, value);
  }
  return broker.quotas.change([{ entity, limits: Object.fromEntries(limits) satisfies QuotaLimits }]);
}

function quotaKeyOf(key: string): QuotaKey | undefined {
  return QUOTA_KEYS.find((known) => known === key);
}
