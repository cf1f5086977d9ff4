import { describe, expect, it } from 'vitest';
import {
  advanceSequence,
  decideAppend,
  type ProducerBatch,
  type ProducerDecision,
  type ProducerState,
} from './producer-states.ts';

const state: ProducerState = {
  producerId: 1,
  epoch: 3,
  lastSeenMs: 0,
  lastTimestampMs: 9,
  coordinatorEpoch: -1,
  openFrom: null,
  window: [
    { firstSequence: 0, lastSequence: 4, baseOffset: 100, lastOffset: 104, timestampMs: 9 },
    { firstSequence: 5, lastSequence: 5, baseOffset: 105, lastOffset: 105, timestampMs: 9 },
  ],
};
const batch = { producerId: 1, producerEpoch: 3, baseSequence: 6, lastSequenceDelta: 1, transactional: false };
const wrapped = {
  ...state,
  window: [{ firstSequence: 0x7fff_fffe, lastSequence: 0x7fff_ffff, baseOffset: 1, lastOffset: 2, timestampMs: 9 }],
};

describe('which batches of a producer are appended', () => {
  it.each<[string, ProducerState | undefined, Partial<ProducerBatch>, ProducerDecision]>([
    ['the next sequence', state, {}, { kind: 'append' }],
    [
      'an exact retry',
      state,
      { baseSequence: 0, lastSequenceDelta: 4 },
      { kind: 'duplicate', baseOffset: 100, timestampMs: 9 },
    ],
    [
      'part of a former batch',
      state,
      { baseSequence: 0, lastSequenceDelta: 2 },
      { kind: 'refuse', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
    ],
    ['a gap', state, { baseSequence: 7 }, { kind: 'refuse', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }],
    ['an older epoch', state, { producerEpoch: 2 }, { kind: 'refuse', error: 'INVALID_PRODUCER_EPOCH' }],
    ['a newer epoch from 0', state, { producerEpoch: 4, baseSequence: 0 }, { kind: 'append' }],
    [
      'a newer epoch from elsewhere',
      state,
      { producerEpoch: 4, baseSequence: 6 },
      { kind: 'refuse', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
    ],
    ['an unknown producer anywhere', undefined, { baseSequence: 77 }, { kind: 'append' }],
    ['a plain batch in a transaction', { ...state, openFrom: 1 }, {}, { kind: 'refuse', error: 'INVALID_TXN_STATE' }],
    ['a fenced epoch that starts', { ...state, window: [] }, { baseSequence: 0 }, { kind: 'append' }],
    ['a sequence that wraps', wrapped, { baseSequence: 0 }, { kind: 'append' }],
  ])('%s', (_, before, change, expected) => {
    expect(decideAppend(before, { ...batch, ...change })).toEqual(expected);
  });

  it('sequences wrap after 2^31 - 1', () => {
    expect([advanceSequence(0x7fff_ffff, 1), advanceSequence(0x7fff_fffe, 1), advanceSequence(5, 0)]).toEqual([
      0, 0x7fff_ffff, 5,
    ]);
  });
});
