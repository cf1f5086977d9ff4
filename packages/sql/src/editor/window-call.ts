/** The windows of the dialect as calls to be filled in: the cursor goes behind TABLE. */
export const WINDOW_CALLS = [
  {
    label: 'TUMBLE(...)',
    insert: "TUMBLE(TABLE , DESCRIPTOR(), INTERVAL '1' MINUTE)",
    kind: 'function',
    detail: 'windows of one length, one after the other',
  },
  {
    label: 'HOP(...)',
    insert: "HOP(TABLE , DESCRIPTOR(), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)",
    kind: 'function',
    detail: 'windows that overlap: a slide, then the size',
  },
  {
    label: 'CUMULATE(...)',
    insert: "CUMULATE(TABLE , DESCRIPTOR(), INTERVAL '1' MINUTE, INTERVAL '1' HOUR)",
    kind: 'function',
    detail: 'windows that grow by a step up to the size',
  },
  {
    label: 'SESSION(...)',
    insert: "SESSION(TABLE , DESCRIPTOR(), INTERVAL '10' MINUTE)",
    kind: 'function',
    detail: 'a window per burst of rows: a gap ends it',
  },
] as const;
