import { CHANGE, forEachRow, type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type {
  CommitOutcome,
  Committer,
  Connector,
  DeadWriters,
  Sink,
  SinkWriter,
  WriterContext,
} from '@millrace/contracts';
import { type Guarantee, StreamError } from '@millrace/model';

interface Transaction {
  epoch: number;
  status: 'open' | 'committed' | 'aborted';
  rows: (readonly Value[])[];
}

/** A place in the protocol where a test may throw. */
export type StorePoint = 'write' | 'prepare' | 'before-commit' | 'after-commit' | 'abort-lingering';

/** Transactional ids one writer uses in turn, as the Kafka sink does. */
const SLOTS = 4;

/**
 * An outside system with transactions that survive their client, modelled on Kafka's: a transaction has an id
 * and an epoch; beginning again under the same id aborts what is open there and raises the epoch; committing
 * under an old epoch, or what was aborted, is refused. Only committed rows are visible.
 */
export class TransactionalStore {
  readonly visible: (readonly Value[])[] = [];
  readonly #transactions = new Map<string, Transaction>();
  guarantee: Guarantee = 'exactly-once';
  /** Each row is followed by what it does to the result: a number of `CHANGE`. */
  keepsChanges = false;
  /** Throws to make that step fail. */
  onPoint: (point: StorePoint) => void = () => {};
  /** Awaited by every write: how slow the store is. */
  delay: () => Promise<void> | undefined = () => undefined;
  commits = 0;
  /** False: writers die as by kill -9, leaving what they had open. */
  abortsOnClose = true;

  /** Ids of transactions that are neither committed nor aborted: readers downstream would wait for them. */
  open(): string[] {
    return [...this.#transactions].flatMap(([id, { status, rows }]) =>
      status === 'open' && rows.length > 0 ? [id] : [],
    );
  }

  begin(id: string): number {
    const epoch = (this.#transactions.get(id)?.epoch ?? 0) + 1;
    this.#transactions.set(id, { epoch, status: 'open', rows: [] });
    return epoch;
  }

  append(id: string, epoch: number, rows: readonly (readonly Value[])[]): void {
    const transaction = this.#transactions.get(id);
    if (transaction?.epoch !== epoch || transaction.status !== 'open') {
      throw new StreamError('store.fenced', `writer ${id} epoch ${epoch} was fenced`, {
        domain: 'external',
        retry: 'backoff',
      });
    }
    for (const row of rows) transaction.rows.push(row);
  }

  isEmpty(id: string): boolean {
    return (this.#transactions.get(id)?.rows.length ?? 0) === 0;
  }

  commit(id: string, epoch: number): CommitOutcome {
    const transaction = this.#transactions.get(id);
    if (transaction?.epoch !== epoch) return { kind: 'lost', reason: 'the epoch is fenced' };
    if (transaction.status === 'aborted') return { kind: 'lost', reason: 'the transaction was aborted' };
    if (transaction.status === 'open') {
      for (const row of transaction.rows) this.visible.push(row);
      transaction.status = 'committed';
      this.commits++;
    }
    return { kind: 'committed' };
  }

  abort(id: string): void {
    const transaction = this.#transactions.get(id);
    if (transaction?.status === 'open') transaction.status = 'aborted';
  }

  ids(): string[] {
    return [...this.#transactions.keys()];
  }

  sink(): Sink {
    const sink: Sink = {
      guarantee: this.guarantee,
      prepare: async () => {},
      createWriter: async (context) =>
        context.guarantee === 'exactly-once' ? new TransactionalWriter(this, context) : new DirectWriter(this),
    };
    return this.guarantee === 'exactly-once'
      ? { ...sink, createCommitter: async (context) => new StoreCommitter(this, context) }
      : sink;
  }
}

class TransactionalWriter implements SinkWriter {
  readonly #store: TransactionalStore;
  readonly #prefix: string;
  #slot = 0;
  #id: string;
  #epoch: number;

  constructor(store: TransactionalStore, { operator, subtask, attempt }: WriterContext) {
    this.#store = store;
    this.#prefix = `${operator}/${subtask}/${attempt}`;
    this.#id = `${this.#prefix}/0`;
    this.#epoch = store.begin(this.#id);
  }

  write(batch: RecordBatch): Promise<void> | undefined {
    this.#store.onPoint('write');
    this.#store.append(this.#id, this.#epoch, rowsOf(batch, this.#store.keepsChanges));
    return this.#store.delay();
  }

  async flush(): Promise<void> {}

  async prepareCommit(): Promise<readonly unknown[]> {
    this.#store.onPoint('prepare');
    if (this.#store.isEmpty(this.#id)) return [];
    const committable = { id: this.#id, epoch: this.#epoch };
    this.#slot = (this.#slot + 1) % SLOTS;
    this.#id = `${this.#prefix}/${this.#slot}`;
    this.#epoch = this.#store.begin(this.#id);
    return [committable];
  }

  async close(): Promise<void> {
    if (this.#store.abortsOnClose) this.#store.abort(this.#id);
  }
}

class DirectWriter implements SinkWriter {
  readonly #store: TransactionalStore;

  constructor(store: TransactionalStore) {
    this.#store = store;
  }

  write(batch: RecordBatch): Promise<void> | undefined {
    this.#store.onPoint('write');
    this.#store.visible.push(...rowsOf(batch, this.#store.keepsChanges));
    return this.#store.delay();
  }

  async flush(): Promise<void> {}

  async prepareCommit(): Promise<readonly unknown[]> {
    return [];
  }

  async close(): Promise<void> {}
}

class StoreCommitter implements Committer {
  readonly #store: TransactionalStore;
  readonly #operator: string;

  constructor(store: TransactionalStore, { operator }: Omit<WriterContext, 'subtask'>) {
    this.#store = store;
    this.#operator = operator;
  }

  async commit(committable: unknown): Promise<CommitOutcome> {
    const { id, epoch } = committable as { id: string; epoch: number };
    this.#store.onPoint('before-commit');
    const outcome = this.#store.commit(id, epoch);
    this.#store.onPoint('after-commit');
    return outcome;
  }

  async abortLingering({ subtasks, attempt: next }: DeadWriters): Promise<void> {
    this.#store.onPoint('abort-lingering');
    for (const id of this.#store.ids()) {
      const [operator, subtask, attempt] = id.split('/');
      const isDead = Number(subtask) < subtasks && Number(attempt) < next;
      if (operator === this.#operator && isDead) this.#store.abort(id);
    }
  }

  async close(): Promise<void> {}
}

function rowsOf(batch: RecordBatch, keepsChanges: boolean): Value[][] {
  const rows: Value[][] = [];
  forEachRow(batch, (row) => {
    const values = batch.schema.fields.map(({ type }, at) => {
      const column = batch.columns[at];
      return column === undefined ? null : valueAt(column, type, row);
    });
    rows.push(keepsChanges ? [...values, batch.changes?.[row] ?? CHANGE.insert] : values);
  });
  return rows;
}

/** The connector `store`; option `store` names one of the stores. */
export function storeConnector(stores: ReadonlyMap<string, TransactionalStore>): Connector {
  return {
    name: 'store',
    title: 'Transactional stores of a test',
    createSink: (options) => {
      const store = stores.get(options.store ?? '');
      if (store === undefined) throw new Error(`no store "${options.store}"`);
      return store.sink();
    },
  };
}
