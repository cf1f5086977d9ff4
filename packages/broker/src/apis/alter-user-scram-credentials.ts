import { errorCode, type KafkaErrorName, type Reader } from '@millrace/kafka-protocol';
import { credentialOfSalted, ITERATIONS_MAX, ITERATIONS_MIN, scramMechanismOf } from '../security/scram-credential.ts';
import type { CredentialChange } from '../security/users.ts';
import type { Api, BrokerState } from './api.ts';
import { settled } from './storage-error.ts';

/** Longer names would make a log of them, and of every connection, as large as a client likes. */
const USER_NAME_LENGTH_MAX = 255;
const SALT_BYTES_MAX = 1024;

/** A wish of the request, with what is wrong about it. */
type Wish = { readonly user: string; readonly mechanismId: number } & (
  | { readonly change: CredentialChange; readonly problem?: undefined }
  | { readonly change?: undefined; readonly problem: Problem }
);

interface Problem {
  readonly error: KafkaErrorName;
  readonly message: string;
}

/**
 * AlterUserScramCredentials (51), v0 (KIP-554). The client has already run PBKDF2: the password stays with it. A
 * request has one wish for a user, or none of them is granted.
 *
 *     request   [string user · int8 mechanism] deletions
 *               · [string user · int8 mechanism · int32 iterations · bytes salt · bytes saltedPassword] upsertions
 *     response  int32 throttleMs · [string user · int16 error · nullable string message]
 */
export const alterUserScramCredentials: Api = {
  key: 51,
  name: 'AlterUserScramCredentials',
  versions: [0, 0],
  flexibleFrom: 0,
  handle: async ({ body, access }, broker) => {
    const deletions = body.array((r) => readDeletion(r, broker));
    const upsertions = body.array((r) => readUpsertion(r, broker));
    const allowed = access.may('Cluster:Alter');
    const results = byUser([...deletions, ...upsertions]).map(([user, wishes]) => ({
      user,
      wishes,
      problem: allowed ? findProblem(wishes) : FORBIDDEN,
    }));
    const granted = results.filter(({ problem }) => problem === undefined).flatMap(({ wishes }) => wishes);
    const changes = granted.flatMap(({ change }) => change ?? []);
    const disk = changes.length > 0 ? await settled(broker.users.change(changes), broker) : 'NONE';
    return (writer) => {
      writer.int32(0);
      writer.array(results, ({ user, problem }, w) => {
        w.string(user)
          .int16(errorCode(problem?.error ?? disk))
          .nullableString(problem?.message ?? null);
        w.tags();
      });
      writer.tags();
    };
  },
};

function readDeletion(reader: Reader, broker: BrokerState): Wish {
  const [user, mechanismId] = [reader.string(), reader.int8()];
  reader.tags();
  const mechanism = scramMechanismOf(mechanismId);
  const problem = findNameProblem(user);
  if (problem !== undefined) return { user, mechanismId, problem };
  if (mechanism === undefined) return { user, mechanismId, problem: UNKNOWN_MECHANISM };
  if (!broker.users.credentialsOf(user).some((credential) => credential.mechanism === mechanism)) {
    return { user, mechanismId, problem: NOTHING_TO_DELETE };
  }
  return { user, mechanismId, change: { user, mechanism, credential: null } };
}

function readUpsertion(reader: Reader, broker: BrokerState): Wish {
  const [user, mechanismId, iterations] = [reader.string(), reader.int8(), reader.int32()];
  const [salt, salted] = [reader.bytes(), reader.bytes()];
  reader.tags();
  const mechanism = scramMechanismOf(mechanismId);
  const problem = findNameProblem(user);
  if (problem !== undefined) return { user, mechanismId, problem };
  if (mechanism === undefined) return { user, mechanismId, problem: UNKNOWN_MECHANISM };
  if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
    return { user, mechanismId, problem: unacceptable(`iterations are ${ITERATIONS_MIN} to ${ITERATIONS_MAX}`) };
  }
  if (!broker.users.hasRoomFor(user)) return { user, mechanismId, problem: unacceptable('there are too many users') };
  if (Math.min(salt.length, salted.length) < 1 || Math.max(salt.length, salted.length) > SALT_BYTES_MAX) {
    return { user, mechanismId, problem: unacceptable(`salt and salted password are 1 to ${SALT_BYTES_MAX} bytes`) };
  }
  return {
    user,
    mechanismId,
    change: { user, mechanism, credential: credentialOfSalted(mechanism, salt, iterations, salted) },
  };
}

function byUser(wishes: readonly Wish[]): [user: string, wishes: Wish[]][] {
  const users = new Map<string, Wish[]>();
  for (const wish of wishes) users.set(wish.user, [...(users.get(wish.user) ?? []), wish]);
  return [...users];
}

function findProblem(wishes: readonly Wish[]): Problem | undefined {
  if (wishes.length > 1) {
    return { error: 'DUPLICATE_RESOURCE', message: 'a user must not be altered twice in one request' };
  }
  return wishes.find(({ problem }) => problem !== undefined)?.problem;
}

function findNameProblem(user: string): Problem | undefined {
  if (user === '') return unacceptable('a user has a name');
  return user.length > USER_NAME_LENGTH_MAX ? unacceptable('the name of the user is too long') : undefined;
}

function unacceptable(message: string): Problem {
  return { error: 'UNACCEPTABLE_CREDENTIAL', message };
}

const FORBIDDEN: Problem = { error: 'CLUSTER_AUTHORIZATION_FAILED', message: 'Cluster authorization failed.' };
const UNKNOWN_MECHANISM: Problem = { error: 'UNSUPPORTED_SASL_MECHANISM', message: 'mechanisms are 1 and 2' };
const NOTHING_TO_DELETE: Problem = { error: 'RESOURCE_NOT_FOUND', message: 'the user has no such credential' };
