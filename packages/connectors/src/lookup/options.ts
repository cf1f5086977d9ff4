import type { AnswerCache, AskedTable, LookupSource, Source } from '@millrace/contracts';
import type { OptionDescription } from '../option/description.ts';
import type { OptionValues } from '../option/option-values.ts';

/** Options of every connector that can be asked for rows by key: Flink's names. What they mean is in `contracts/src/lookup.ts`. */
export const LOOKUP_OPTIONS: readonly OptionDescription[] = [
  {
    name: 'lookup.cache',
    kind: 'enum',
    role: 'lookup',
    required: false,
    default: 'NONE',
    values: ['NONE', 'PARTIAL', 'FULL'],
    help: 'What a task remembers of the answers: nothing, those used last, or a copy of the whole table.',
  },
  {
    name: 'lookup.partial-cache.max-rows',
    kind: 'int',
    role: 'lookup',
    required: false,
    default: '10000',
    min: 1,
    max: 10_000_000,
    help: 'Rows a task remembers; those not used for longest are forgotten first.',
  },
  {
    name: 'lookup.partial-cache.expire-after-write',
    kind: 'duration',
    role: 'lookup',
    required: false,
    help: 'How long after it was asked for a row is remembered; without it, as long as there is room.',
  },
  {
    name: 'lookup.partial-cache.expire-after-access',
    kind: 'duration',
    role: 'lookup',
    required: false,
    help: 'How long after its last use a row is remembered.',
  },
  {
    name: 'lookup.partial-cache.cache-missing-key',
    kind: 'boolean',
    role: 'lookup',
    required: false,
    default: 'true',
    help: 'Remember also that a key has no row.',
  },
  {
    name: 'lookup.full-cache.periodic-reload.interval',
    kind: 'duration',
    role: 'lookup',
    required: false,
    help: 'How old the copy of the table may get before it is loaded again; without it, it is loaded once.',
  },
  {
    name: 'lookup.full-cache.max-rows',
    kind: 'int',
    role: 'lookup',
    required: false,
    default: '100000',
    min: 1,
    max: 10_000_000,
    help: 'A table with more rows is not copied: the job fails and says so.',
  },
  {
    name: 'lookup.max-retries',
    kind: 'int',
    role: 'lookup',
    required: false,
    default: '3',
    min: 0,
    max: 1_000,
    help: 'How often a failed request is made again before the job restarts from its latest checkpoint.',
  },
];

/** Of those, what a connector offers that has no way to find rows by key: a copy of the whole table. */
export const WHOLE_TABLE_OPTIONS: readonly OptionDescription[] = LOOKUP_OPTIONS.filter(
  ({ name }) => !name.startsWith('lookup.partial-cache.'),
).map((option) => (option.name === 'lookup.cache' ? { ...option, default: 'FULL', values: ['FULL'] } : option));

/** As `LOOKUP_OPTIONS`, of what can be asked by key but not read as a whole. */
export const LOOKUP_OPTIONS_WITHOUT_COPY: readonly OptionDescription[] = LOOKUP_OPTIONS.filter(
  ({ name }) => !name.startsWith('lookup.full-cache.'),
).map((option) =>
  option.name === 'lookup.cache'
    ? {
        ...option,
        values: ['NONE', 'PARTIAL'],
        help: 'What a task remembers of the answers: nothing, or those used last.',
      }
    : option,
);

/** What a connector can do for a lookup; the option `lookup.cache` says which of it is wanted, and takes no other value. */
export interface LookupWays {
  /** Of tables with `LOOKUP_OPTIONS` or `WHOLE_TABLE_OPTIONS`: the whole table. */
  readonly copy?: () => Source;
  /** Of all but tables with `WHOLE_TABLE_OPTIONS`. */
  readonly ask?: Pick<AskedTable, 'requestsMax' | 'keysMax' | 'createReader'>;
}

export function lookupSourceOf(values: OptionValues, { copy, ask }: LookupWays): LookupSource {
  const retriesMax = values.integer('lookup.max-retries') ?? 3;
  const wanted = values.text('lookup.cache') ?? 'NONE';
  if (wanted === 'FULL' && copy !== undefined) {
    return {
      kind: 'copied',
      table: copy(),
      rowsMax: values.integer('lookup.full-cache.max-rows') ?? 100_000,
      reloadMs: values.durationMs('lookup.full-cache.periodic-reload.interval'),
      retriesMax,
    };
  }
  if (wanted === 'FULL' || ask === undefined) throw new Error(`lookup.cache ${wanted} is not among the options`);
  return { kind: 'asked', cache: wanted === 'PARTIAL' ? answerCacheOf(values) : undefined, retriesMax, ...ask };
}

function answerCacheOf(values: OptionValues): AnswerCache {
  return {
    rowsMax: values.integer('lookup.partial-cache.max-rows') ?? 10_000,
    expireAfterWriteMs: values.durationMs('lookup.partial-cache.expire-after-write'),
    expireAfterAccessMs: values.durationMs('lookup.partial-cache.expire-after-access'),
    cachesMissingKeys: values.flag('lookup.partial-cache.cache-missing-key'),
  };
}
