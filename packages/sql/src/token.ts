import type { Span } from './source-text.ts';

/**
 * One token. `text` is the meaning (quotes removed, escapes undone); `word` is the upper-case spelling
 * of an unquoted word or a symbol and empty for everything else, so that keywords compare by `word`.
 */
export interface Token extends Span {
  readonly kind: 'word' | 'quoted' | 'string' | 'bytes' | 'number' | 'symbol' | 'hint' | 'end';
  readonly text: string;
  readonly word: string;
}
