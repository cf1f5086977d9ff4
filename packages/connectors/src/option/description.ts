import type { DataType } from '@millrace/model';

/** Which side of a connector reads an option. `lookup`: a table that is asked for rows by key. */
export type Role = 'source' | 'sink' | 'lookup';

/**
 * One option of WITH (...), as data: the form in the portal, completion in the editor, the checker and the
 * documentation are made from it. `name` may hold one placeholder in angle brackets (`fields.<field>.kind`)
 * which stands for any non-empty text.
 */
export interface OptionDescription {
  readonly name: string;
  readonly kind: 'string' | 'enum' | 'duration' | 'size' | 'boolean' | 'int' | 'number';
  /** `both`: whatever the table is used for. */
  readonly role: Role | 'both';
  readonly required: boolean;
  readonly help: string;
  readonly default?: string;
  /** The allowed values of an enum. */
  readonly values?: readonly string[];
  /** Inclusive bounds of an int or a number. */
  readonly min?: number;
  readonly max?: number;
  /** A string that may be the empty text. */
  readonly mayBeEmpty?: boolean;
  /** Never shown, logged or sent to a browser once stored. */
  readonly secret?: boolean;
}

/** A connector as forms and checks see it. */
export interface ConnectorDescription {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly roles: readonly Role[];
  /** Whose connections and brokers it uses, when it is not called after it. */
  readonly system?: 'kafka';
  readonly options: readonly OptionDescription[];
  /**
   * What a sink takes beyond INSERTs: `upsert`, each key's row as it is now or its deletion, for tables with a PRIMARY KEY; `any` change.
   * Absent: INSERTs only.
   */
  readonly sinkChanges?: 'upsert' | 'any';
  /** `upsert`: the records of a source say what the row of their PRIMARY KEY is now, or that it is gone. Absent: INSERTs only. */
  readonly sourceChanges?: 'upsert';
  /**
   * Rules that need more than one option, or a column's type; called when each option is good by itself. `columns` are those of the table, by
   * name; absent where only the options are known.
   */
  readonly check?: (
    options: Readonly<Record<string, string>>,
    role: Role,
    columns?: ReadonlyMap<string, DataType>,
  ) => readonly OptionIssue[];
}

/** What is wrong with one option, in words that say what is allowed. `reason` becomes the code `options.<reason>`. */
export interface OptionIssue {
  readonly option: string;
  readonly reason: 'unknown' | 'missing' | 'invalid';
  readonly message: string;
  /** The option an unknown one was probably meant to be. */
  readonly guess?: string;
}
