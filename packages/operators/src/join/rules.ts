import { CHANGE, type Change } from '@millrace/batch';
import type { JoinType } from '@millrace/plan';

/** One change of one side and the rows of the other side it meets: used again for every row of a batch. */
export interface Meeting {
  change: Change;
  /** By number in the batch. */
  row: number;
  /** Ids of the other side: `partners[from .. to)`. */
  partners: Int32Array;
  from: number;
  to: number;
  readonly now: number;
  /** How often a row of the other side is there, how many rows of this side it meets, and when it was last written: by id. */
  readonly counts: Int32Array;
  readonly matches: Int32Array;
  readonly touched: Float64Array;
  /** Tells a change of the result: own row and other row, either may be missing (-1). */
  add(change: Change, own: number, other: number): void;
}

/** What a change of one side means for the result, and for the counts that the other side keeps. */
export interface Rules {
  accumulate(meeting: Meeting): void;
  retract(meeting: Meeting): void;
  /** How many partners the own row remembers; 0 where nobody asks. */
  matchesOf(meeting: Meeting): number;
}

const NONE = -1;

export function rulesOf(type: JoinType, isLeft: boolean): Rules {
  switch (type) {
    case 'inner':
      return pairing({ own: false, other: false });
    case 'full':
      return pairing({ own: true, other: true });
    case 'left':
      return pairing({ own: isLeft, other: !isLeft });
    case 'right':
      return pairing({ own: !isLeft, other: isLeft });
    case 'semi':
    case 'anti':
      return isLeft ? filtering(type === 'semi') : filtered(type === 'semi');
  }
}

/** How many rows the partners stand for. */
function rowsOf({ partners, from, to, counts }: Meeting): number {
  let rows = 0;
  for (let at = from; at < to; at++) rows += counts[partners[at] ?? 0] ?? 0;
  return rows;
}

/** Inner and outer joins. `own`, `other`: whether that side keeps its rows without a partner. Step by step as StreamingJoinOperator. */
function pairing(outer: { readonly own: boolean; readonly other: boolean }): Rules {
  const isOuter = outer.own || outer.other;
  return {
    matchesOf: outer.own ? rowsOf : () => 0,
    accumulate(meeting) {
      const { change, row, partners, from, to, matches } = meeting;
      if (from === to && outer.own) meeting.add(CHANGE.insert, row, NONE);
      for (let at = from; at < to; at++) {
        const partner = partners[at] ?? 0;
        if (outer.other) {
          if (matches[partner] === 0) tell(meeting, CHANGE.delete, NONE, partner);
          meets(meeting, partner, 1);
        }
        tell(meeting, isOuter ? CHANGE.insert : change, row, partner);
      }
    },
    retract(meeting) {
      const { change, row, partners, from, to, matches } = meeting;
      if (from === to && outer.own) meeting.add(CHANGE.delete, row, NONE);
      for (let at = from; at < to; at++) tell(meeting, outer.own ? CHANGE.delete : change, row, partners[at] ?? 0);
      if (!outer.other) return;
      for (let at = from; at < to; at++) {
        const partner = partners[at] ?? 0;
        if (matches[partner] === 1) tell(meeting, CHANGE.insert, NONE, partner);
        meets(meeting, partner, -1);
      }
    },
  };
}

/** The left side of semi and anti joins: its rows pass as they come, or not at all. */
function filtering(isSemi: boolean): Rules {
  const pass = (meeting: Meeting): void => {
    if (meeting.to > meeting.from === isSemi) meeting.add(meeting.change, meeting.row, NONE);
  };
  return { matchesOf: rowsOf, accumulate: pass, retract: pass };
}

/** The right side of semi and anti joins: the first partner of a left row brings or takes it, the last one the other way round. */
function filtered(isSemi: boolean): Rules {
  return {
    matchesOf: () => 0,
    accumulate(meeting) {
      for (let at = meeting.from; at < meeting.to; at++) {
        const partner = meeting.partners[at] ?? 0;
        const told = isSemi ? meeting.change : CHANGE.delete;
        if (meeting.matches[partner] === 0) tell(meeting, told, NONE, partner);
        meets(meeting, partner, 1);
      }
    },
    retract(meeting) {
      for (let at = meeting.from; at < meeting.to; at++) {
        const partner = meeting.partners[at] ?? 0;
        const told = isSemi ? meeting.change : CHANGE.insert;
        if (meeting.matches[partner] === 1) tell(meeting, told, NONE, partner);
        meets(meeting, partner, -1);
      }
    },
  };
}

function meets({ matches, touched, now }: Meeting, partner: number, by: number): void {
  matches[partner] = (matches[partner] ?? 0) + by;
  touched[partner] = now;
}

/** As often as the other row is there. */
function tell(meeting: Meeting, change: Change, own: number, other: number): void {
  for (let left = meeting.counts[other] ?? 0; left > 0; left--) meeting.add(change, own, other);
}
