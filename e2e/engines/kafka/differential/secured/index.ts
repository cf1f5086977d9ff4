import type { Allowed } from '../allowed.ts';
import type { Chapter } from '../history.ts';
import { logIns } from './log-ins.ts';
import { refusals } from './refusals.ts';
import { rules } from './rules.ts';
import { limits, users } from './users-and-limits.ts';

/** The history for brokers that ask for a log-in and have rules. */
export const SECURED_HISTORY: readonly Chapter[] = [logIns, refusals, rules, users, limits];

/** Differences that are right. */
export const ALLOWED_SECURED: readonly Allowed[] = [
  { field: /^SaslHandshake\.mechanisms\[/, why: 'mechanisms are listed in no order' },
  {
    field: /^CreateAcls\.results\[0\]\.error_code$/,
    why: 'what is a filter and no rule breaks off in Kafka; ours says what is wrong about it',
    when: (kafka, ours) => kafka === 'UNKNOWN_SERVER_ERROR' && ours === 'INVALID_REQUEST',
  },
];
