import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { QuotaEntity } from '../quotas/quota-entity.ts';
import type { Api, BrokerState } from './api.ts';
import { entityPart, entityParts } from './quota-messages.ts';

const EXACT = 0;
const DEFAULT = 1;
const ANY = 2;

/** What is asked of one part of an entity. */
interface Component {
  readonly type: string;
  readonly matchType: number;
  readonly name: string | null;
}

/**
 * DescribeClientQuotas (48), v0-1 (KIP-546).
 *
 *     request   [string type · int8 match (0 the name, 1 the default, 2 any) · nullable string name]
 *               · bool strict (no other parts)
 *     response  int32 throttleMs · int16 error · nullable string message
 *               · nullable [[string type · nullable string name] · [string key · float64 value]]
 */
export const describeClientQuotas: Api = {
  key: 48,
  name: 'DescribeClientQuotas',
  versions: [0, 1],
  flexibleFrom: 1,
  handle: ({ body, access }, broker) => {
    const components = body.array((r): Component => {
      const component = { type: r.string(), matchType: r.int8(), name: r.nullableString() };
      r.tags();
      return component;
    });
    const isStrict = body.boolean();
    const problem = findProblem(components);
    const error = access.may('Cluster:DescribeConfigs') ? (problem?.error ?? 'NONE') : 'CLUSTER_AUTHORIZATION_FAILED';
    const found = error === 'NONE' ? find(components, isStrict, broker) : null;
    return (writer) => {
      writer
        .int32(0)
        .int16(errorCode(error))
        .nullableString(error === 'NONE' ? null : (problem?.message ?? 'Cluster authorization failed.'));
      writer.nullableArray(found, ({ entity, limits }, w) => {
        w.array(entityParts(entity), ({ type, name }) => w.string(type).nullableString(name).tags());
        w.array(Object.entries(limits), ([key, value]) => w.string(key).float64(value).tags()).tags();
      });
      writer.tags();
    };
  },
};

function find(components: readonly Component[], isStrict: boolean, broker: BrokerState) {
  return broker.quotas
    .all()
    .filter(({ entity }) => !isStrict || entityParts(entity).length === components.length)
    .filter(({ entity }) => components.every((component) => matches(entity, component)));
}

function matches(entity: QuotaEntity, { type, matchType, name }: Component): boolean {
  const part = entityPart(type);
  const value = part === undefined ? undefined : entity[part];
  if (value === undefined) return false;
  return matchType === ANY || value === (matchType === DEFAULT ? null : name);
}

function findProblem(
  components: readonly Component[],
): { readonly error: KafkaErrorName; readonly message: string } | undefined {
  const invalid = (message: string) => ({ error: 'INVALID_REQUEST', message }) as const;
  if (new Set(components.map(({ type }) => type)).size < components.length) return invalid('a type is named twice');
  for (const { type, matchType, name } of components) {
    // Addresses have no limits here, which is no mistake of who asks for them.
    if (type !== 'ip' && entityPart(type) === undefined) {
      return { error: 'UNSUPPORTED_VERSION', message: `entities are of type user and client-id, not ${type}` };
    }
    if (![EXACT, DEFAULT, ANY].includes(matchType)) return invalid('a match is by name, of the default, or of any');
    if ((matchType === EXACT) !== (name !== null)) return invalid('a name belongs to a match by name');
  }
  return undefined;
}
