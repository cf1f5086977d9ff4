const PLACEHOLDER = /\{([^{}]+)\}/g;

/** The option `key`: `customer:{id}` names the Redis key of a row by columns. */
export interface KeyTemplate {
  readonly columns: readonly string[];
  /** One more than columns: what stands before, between and behind them. */
  readonly texts: readonly string[];
}

/** What is wrong with a template, or the template. Pure; a browser may ask too. */
export function parseKeyTemplate(text: string): KeyTemplate | string {
  const columns = Array.from(text.matchAll(PLACEHOLDER), ([, column = '']) => column);
  const texts = text.split(/\{[^{}]+\}/);
  if (columns.length === 0) return "names no column: write it as in 'customer:{id}'";
  if (texts.some((part) => /[{}]/.test(part))) return 'has a brace without its other half';
  if (new Set(columns).size < columns.length) return 'names a column twice';
  // {a}{b} would make one key of 1 and 23, and of 12 and 3.
  if (texts.slice(1, -1).includes('')) return 'has two columns side by side: put a text between them';
  return { columns, texts };
}

/** The Redis key for one value per column of the template, each as text. */
export function redisKeyOf({ texts }: KeyTemplate, values: readonly string[]): string {
  return texts.map((text, at) => `${text}${values[at] ?? ''}`).join('');
}
