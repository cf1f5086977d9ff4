const URL_FORM = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[^\s/?#@:{}[\]]+)(?::(\d{1,5}))?(\/[^\s?#]*)?(\?[^\s#]*)?$/;
const PLACEHOLDER = /\{([^{}]+)\}/g;

/** The option `url` taken apart. `path` and `query` may hold `{column}`. */
export interface Endpoint {
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** Undefined when it is no URL of that form. Pure; a browser may ask too. */
export function parseEndpoint(url: string): Endpoint | undefined {
  const match = URL_FORM.exec(url);
  if (match === null) return undefined;
  const [, scheme, host = '', port, path = '/', query = ''] = match;
  const secure = scheme === 'https';
  const number = port === undefined ? (secure ? 443 : 80) : Number(port);
  if (number < 1 || number > 65_535 || /[{}]/.test(`${path}${query}`.replaceAll(PLACEHOLDER, ''))) return undefined;
  return { secure, host: host.replace(/^\[|\]$/g, ''), port: number, path, query };
}

/** Names in braces, or undefined when the text is no URL this connector takes. */
export function placeholdersOf(url: string): readonly string[] | undefined {
  const endpoint = parseEndpoint(url);
  return endpoint && Array.from(`${endpoint.path}${endpoint.query}`.matchAll(PLACEHOLDER), ([, name = '']) => name);
}

/**
 * Path and query for the values of a key, all of them percent-encoded; `more` are columns without a place of their own, put behind the query. Undefined
 * when a value would make another path of it (empty, `.` or `..`): there is no such place, so no row.
 */
export function targetOf(
  { path, query }: Endpoint,
  textOf: (column: string) => string,
  more: readonly string[],
): string | undefined {
  let isOther = false;
  const filledPath = path.replaceAll(PLACEHOLDER, (_, column: string) => {
    const value = textOf(column);
    isOther ||= value === '' || value === '.' || value === '..';
    return encodeURIComponent(value);
  });
  if (isOther) return undefined;
  const filledQuery = query.replaceAll(PLACEHOLDER, (_, column: string) => encodeURIComponent(textOf(column)));
  const parts = more.map((column) => `${encodeURIComponent(column)}=${encodeURIComponent(textOf(column))}`);
  if (parts.length === 0) return `${filledPath}${filledQuery}`;
  const joint = filledQuery === '' ? '?' : filledQuery.endsWith('?') || filledQuery.endsWith('&') ? '' : '&';
  return `${filledPath}${filledQuery}${joint}${parts.join('&')}`;
}
