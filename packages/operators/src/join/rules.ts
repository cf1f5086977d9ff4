import { CHANGE, type Change } from '@millrace/batch';
import type { JoinType } from '@millrace/plan';
import type { StoredRow } from '../row/stored-row.ts';
import type { Entry } from './row-bag.ts';

/** One change of one side and the rows of the other side it meets. */
export interface Meeting {
  readonly change: Change;
  readonly row: StoredRow;
  readonly partners: readonly Entry[];
  readonly now: number;
  /** Tells a change of the result: own row and other row, either may be missing. */
  readonly add: (change: Change, own: StoredRow | undefined, other: StoredRow | undefined) => void;
}

/** What a change of one side means for the result, and for the counts that the other side keeps. */
export interface Rules {
  accumulate(meeting: Meeting): void;
  retract(meeting: Meeting): void;
  /** How many partners the own row remembers; 0 where nobody asks. */
  matchesOf(partners: readonly Entry[]): number;
}

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

/** How many rows the entries stand for. */
function rowsOf(entries: readonly Entry[]): number {
  let rows = 0;
  for (const { count } of entries) rows += count;
  return rows;
}

/** Inner and outer joins. `own`, `other`: whether that side keeps its rows without a partner. Step by step as StreamingJoinOperator. */
function pairing(outer: { readonly own: boolean; readonly other: boolean }): Rules {
  const isOuter = outer.own || outer.other;
  return {
    matchesOf: outer.own ? rowsOf : () => 0,
    accumulate({ change, row, partners, now, add }) {
      if (partners.length === 0 && outer.own) add(CHANGE.insert, row, undefined);
      for (const partner of partners) {
        if (outer.other) {
          if (partner.matches === 0) tell(add, partner.count, CHANGE.delete, undefined, partner.row);
          meets(partner, 1, now);
        }
        tell(add, partner.count, isOuter ? CHANGE.insert : change, row, partner.row);
      }
    },
    retract({ change, row, partners, now, add }) {
      if (partners.length === 0 && outer.own) add(CHANGE.delete, row, undefined);
      for (const partner of partners) tell(add, partner.count, outer.own ? CHANGE.delete : change, row, partner.row);
      if (!outer.other) return;
      for (const partner of partners) {
        if (partner.matches === 1) tell(add, partner.count, CHANGE.insert, undefined, partner.row);
        meets(partner, -1, now);
      }
    },
  };
}

/** The left side of semi and anti joins: its rows pass as they come, or not at all. */
function filtering(isSemi: boolean): Rules {
  const pass = ({ change, row, partners, add }: Meeting): void => {
    if (partners.length > 0 === isSemi) add(change, row, undefined);
  };
  return { matchesOf: rowsOf, accumulate: pass, retract: pass };
}

/** The right side of semi and anti joins: the first partner of a left row brings or takes it, the last one the other way round. */
function filtered(isSemi: boolean): Rules {
  return {
    matchesOf: () => 0,
    accumulate({ change, partners, now, add }) {
      for (const partner of partners) {
        const told = isSemi ? change : CHANGE.delete;
        if (partner.matches === 0) tell(add, partner.count, told, undefined, partner.row);
        meets(partner, 1, now);
      }
    },
    retract({ change, partners, now, add }) {
      for (const partner of partners) {
        const told = isSemi ? change : CHANGE.insert;
        if (partner.matches === 1) tell(add, partner.count, told, undefined, partner.row);
        meets(partner, -1, now);
      }
    },
  };
}

function meets(partner: Entry, by: number, now: number): void {
  partner.matches += by;
  partner.touched = now;
}

function tell(
  add: Meeting['add'],
  times: number,
  change: Change,
  own: StoredRow | undefined,
  other: StoredRow | undefined,
): void {
  for (let left = times; left > 0; left--) add(change, own, other);
}
