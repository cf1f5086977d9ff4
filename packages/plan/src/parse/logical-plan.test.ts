import { StreamError } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { parseLogicalPlan } from './logical-plan.ts';

const city = { name: 'city', type: { kind: 'string', nullable: true } };
const amount = { name: 'amount', type: { kind: 'decimal', precision: 10, scale: 2, nullable: true } };
const ts = { name: 'ts', type: { kind: 'timestamp', precision: 3, nullable: true } };
const bound = (name: string) => ({ name, type: { ...ts.type, nullable: false } });
const sum = { name: 'sum0', type: { kind: 'decimal', precision: 38, scale: 2, nullable: true } };
const column = (index: number, type: unknown) => ({ kind: 'column', index, type });
const boolean = { kind: 'boolean', nullable: true };

function valid(): { nodes: Record<string, unknown>[] } {
  const out = [city, sum, bound('window_start'), bound('window_end'), bound('window_time')];
  const place = { table: 't', connector: 'kafka', options: { connector: 'kafka' } };
  return {
    nodes: [
      {
        kind: 'source', id: 's', label: 't', schema: { fields: [city, amount, ts] }, ...place,
        filter: { condition: { kind: 'call', name: 'is-not-null', args: [column(0, city.type)], type: boolean }, eventTime: { value: column(2, ts.type), maxAheadMs: 0 } },
      },
      { kind: 'watermark', id: 'w', label: 'w', schema: { fields: [city, amount, ts], eventTime: 2 }, input: 's', column: 2, delayMs: 5_000, idleTimeoutMs: 0 },
      {
        kind: 'filter', id: 'f', label: 'f', schema: { fields: [city, amount, ts], eventTime: 2 }, input: 'w',
        predicate: { kind: 'call', name: '>', args: [column(1, amount.type), { kind: 'literal', value: '100.00', type: amount.type }], type: boolean },
      },
      {
        kind: 'window-aggregate', id: 'a', label: 'a', schema: { fields: out, eventTime: 4 }, input: 'f', keys: [0], timeColumn: 2,
        window: { kind: 'tumble', sizeMs: 60_000, offsetMs: 0 }, calls: [{ name: 'sum', arg: column(1, amount.type), meaning: 'sum', type: sum.type }],
      },
      { kind: 'project', id: 'p', label: 'p', schema: { fields: [city, sum] }, input: 'a', expressions: [column(0, city.type), column(1, sum.type)] },
      { kind: 'sink', id: 'k', label: 'k', schema: { fields: [city, sum], primaryKey: [0] }, input: 'p', ...place },
    ],
  }; // biome-ignore format: one node a line
}

function reasonsFor(change: (nodes: Record<string, unknown>[]) => void): string {
  const plan = valid();
  change(plan.nodes);
  try {
    parseLogicalPlan(plan);
  } catch (error) {
    if (error instanceof StreamError && error.code === 'plan.invalid') return error.message;
    throw error;
  }
  return 'valid';
}

describe('a plan from outside is believed only when every part fits', () => {
  it('a plan that fits comes back as it was', () => {
    expect(JSON.parse(JSON.stringify(parseLogicalPlan(valid())))).toEqual(valid());
  });

  it.each<[string, (nodes: Record<string, unknown>[]) => void, string]>([
    [
      'an unknown kind',
      ([source]) => Object.assign(source ?? {}, { kind: 'teleport' }),
      'plan.nodes[0].kind: "teleport" is not known',
    ],
    [
      'a filter of a source that is no condition',
      ([source]) => Object.assign(source ?? {}, { filter: { condition: column(0, city.type) } }),
      'plan.nodes[0].filter.condition: must be BOOLEAN',
    ],
    [
      'an event time that is none',
      ([source]) => Object.assign(source?.filter ?? {}, { eventTime: { value: column(0, city.type), maxAheadMs: 0 } }),
      'plan.nodes[0].filter.eventTime.value: must be a TIMESTAMP or TIMESTAMP_LTZ of precision 0 to 3',
    ],
    [
      'an event time that counts ticks',
      ([source]) =>
        Object.assign(source ?? {}, {
          schema: { fields: [city, amount, { name: 'ts', type: { ...ts.type, precision: 6 } }], eventTime: 2 },
        }),
      'plan.nodes[0].schema.eventTime: must be a TIMESTAMP or TIMESTAMP_LTZ column of precision 0 to 3',
    ],
    [
      'a watermark that counts ticks',
      ([, watermark]) =>
        Object.assign(watermark ?? {}, {
          expression: { kind: 'cast', arg: column(2, ts.type), safe: false, type: { ...ts.type, precision: 6 } },
        }),
      'plan.nodes[1].expression: must be a time of the kind of the column, of precision 0 to 3',
    ],
    ['the same id twice', ([, watermark]) => Object.assign(watermark ?? {}, { id: 's' }), 's is used twice'],
    [
      'an input that does not exist',
      ([, , filter]) => Object.assign(filter ?? {}, { input: 'x' }),
      'x is no node before this one',
    ],
    ['a reader before its input', (nodes) => nodes.reverse(), 'is no node before this one'],
    [
      'a column out of range',
      (nodes) => Object.assign(nodes[4] ?? {}, { expressions: [column(9, city.type)] }),
      'must be a whole number from 0 to 4',
    ],
    [
      'a column of another type',
      (nodes) => Object.assign(nodes[4] ?? {}, { expressions: [column(0, sum.type), column(1, sum.type)] }),
      'column city is STRING, not DECIMAL(38, 2)',
    ],
    [
      'a schema of another width',
      (nodes) => Object.assign(nodes[4] ?? {}, { schema: { fields: [city] } }),
      'has 1 columns, its expressions 2',
    ],
    [
      'a sink of other types',
      (nodes) => Object.assign(nodes[5] ?? {}, { schema: { fields: [city, amount] } }),
      'amount is DECIMAL(10, 2), in its input it is DECIMAL(38, 2)',
    ],
    [
      'a predicate that is no condition',
      (nodes) => Object.assign(nodes[2] ?? {}, { predicate: column(0, city.type) }),
      'predicate: must be BOOLEAN',
    ],
    [
      'an unknown function',
      (nodes) => Object.assign(nodes[2] ?? {}, { predicate: { kind: 'call', name: 'eval', args: [], type: boolean } }),
      '"eval" is not known',
    ],
    [
      'a literal with lost digits',
      (nodes) =>
        Object.assign(nodes[2] ?? {}, {
          predicate: { kind: 'literal', value: 1e21, type: { kind: 'bigint', nullable: false } },
        }),
      'is not a literal of BIGINT',
    ],
    [
      'a window of no length',
      (nodes) => Object.assign(nodes[3] ?? {}, { window: { kind: 'tumble', sizeMs: 0, offsetMs: 0 } }),
      'window.sizeMs: must be a whole number from 1',
    ],
    [
      'a window without event time',
      (nodes) => Object.assign(nodes[3] ?? {}, { timeColumn: 1 }),
      "must be the input's event time",
    ],
    ['rows that go nowhere', (nodes) => nodes.splice(5, 1), 'must hold a sink; p: is read by no other node'],
    [
      'an option that is no text',
      (nodes) => Object.assign(nodes[0] ?? {}, { options: { topic: 1 } }),
      "options['topic']: must be a string",
    ],
  ])('%s is refused', (_, change, reason) => {
    expect(reasonsFor(change)).toContain(reason);
  });

  it('all reasons come at once, and readers of a refused node are not blamed', () => {
    const message = reasonsFor((nodes) => {
      Object.assign(nodes[0] ?? {}, { options: { topic: 1 }, table: 5 });
    });
    expect(message).toBe(
      "The plan is not valid. plan.nodes[0].table: must be a string; plan.nodes[0].options['topic']: must be a string.",
    );
  });

  it.each([undefined, null, 1, 'x', [], {}, { nodes: {} }, { nodes: [] }, { nodes: [null] }])(
    '%j is refused',
    (json) => {
      expect(() => parseLogicalPlan(json)).toThrow(StreamError);
    },
  );
});
