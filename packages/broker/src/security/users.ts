import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FlushPolicy } from '../files/group-commit.ts';
import { Journal } from '../files/journal.ts';
import {
  credentialOfPassword,
  decoyCredential,
  type ScramCredential,
  type ScramMechanism,
  scramMechanismNames,
  verifyPassword,
} from './scram-credential.ts';
import { Turnstile } from './turnstile.ts';

const DERIVATIONS_MAX = 2;
const USERS_MAX = 10_000;

/** One change of one user; `null` deletes. A line of `users.journal` holds all changes that belong together. */
export interface CredentialChange {
  readonly user: string;
  readonly mechanism: ScramMechanism;
  readonly credential: ScramCredential | null;
}

/**
 * Who may log in. Passwords are never stored, only SCRAM credentials; PLAIN is checked against them as well, so one user
 * has one password for every mechanism.
 */
export class Users {
  private readonly byName = new Map<string, Map<ScramMechanism, ScramCredential>>();
  private readonly journal: Journal<readonly CredentialChange[]>;
  /** Passwords are checked on the threads that also sync the disk; guessing must not take them all. */
  private readonly derivations = new Turnstile(DERIVATIONS_MAX);
  /** Makes decoys unpredictable; new with every start, which is as good as a changed password. */
  private readonly decoySecret = randomBytes(32);

  constructor(options: { readonly dataDir: string; readonly flush: FlushPolicy; readonly onSync: () => void }) {
    this.journal = new Journal<readonly CredentialChange[]>({
      path: join(options.dataDir, 'users.journal'),
      flush: options.flush,
      replay: (changes) => this.applyAll(changes),
      snapshot: () => this.snapshot(),
      onSync: options.onSync,
      mode: 0o600,
    });
  }

  get size(): number {
    return this.byName.size;
  }

  /** Whether a user may be given credentials: who exists may, and so may others until there are too many. */
  hasRoomFor(user: string): boolean {
    return this.byName.has(user) || this.byName.size < USERS_MAX;
  }

  names(): string[] {
    return [...this.byName.keys()];
  }

  /** The credentials of a user, one per mechanism; empty when there is no such user. */
  credentialsOf(user: string): readonly ScramCredential[] {
    return [...(this.byName.get(user)?.values() ?? [])];
  }

  /** What a SCRAM exchange goes by. A user who does not exist has a credential that no proof fits. */
  credential(user: string, mechanism: ScramMechanism): ScramCredential {
    return this.byName.get(user)?.get(mechanism) ?? decoyCredential(mechanism, user, this.decoySecret);
  }

  /** Whether the password is the user's. Takes as long for a user who does not exist. */
  async hasPassword(user: string, password: string): Promise<boolean> {
    const [known] = this.credentialsOf(user);
    return this.derivations.pass(() => verifyPassword(known ?? this.credential(user, 'SCRAM-SHA-256'), password));
  }

  /** Gives a user a password, for all mechanisms; durable when the promise resolves. */
  async setPassword(user: string, password: string): Promise<void> {
    const made = scramMechanismNames().map(async (mechanism) => ({
      user,
      mechanism,
      credential: await credentialOfPassword(mechanism, password),
    }));
    await this.change(await Promise.all(made));
  }

  /** Applies the changes at once and together; durable when the promise resolves. */
  change(changes: readonly CredentialChange[]): Promise<void> {
    return this.journal.append(changes);
  }

  compact(): Promise<void> {
    return this.journal.compact();
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private applyAll(changes: readonly CredentialChange[]): void {
    for (const change of changes) this.apply(change);
  }

  private apply({ user, mechanism, credential }: CredentialChange): void {
    const credentials = this.byName.get(user) ?? new Map<ScramMechanism, ScramCredential>();
    if (credential === null) credentials.delete(mechanism);
    else credentials.set(mechanism, credential);
    if (credentials.size === 0) this.byName.delete(user);
    else this.byName.set(user, credentials);
  }

  private *snapshot(): Iterable<readonly CredentialChange[]> {
    for (const [user, credentials] of this.byName) {
      yield [...credentials.values()].map((credential) => ({ user, mechanism: credential.mechanism, credential }));
    }
  }
}
