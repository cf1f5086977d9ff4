import type { JoinType } from '@millrace/plan';

/** What a join of finished rows (interval, window, temporal) gives besides pairs; everything it gives is an INSERT. */
export interface Keeping {
  /** Left with right columns. */
  readonly pairs: boolean;
  /** Rows that met nobody, padded with NULLs (an anti join gives the left alone). */
  readonly lonelyLeft: boolean;
  readonly lonelyRight: boolean;
  /** Left rows that met somebody, once and alone. */
  readonly metLeft: boolean;
}

export function keepingOf(type: JoinType): Keeping {
  return {
    pairs: type !== 'semi' && type !== 'anti',
    lonelyLeft: type === 'left' || type === 'full' || type === 'anti',
    lonelyRight: type === 'right' || type === 'full',
    metLeft: type === 'semi',
  };
}
