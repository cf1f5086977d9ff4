/** Where a MySQL database is, as its option `url` says. `trust`: whether TLS is spoken, and whether the server must prove its name. */
export interface MysqlUrl {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly trust: 'none' | 'encrypted' | 'proven';
}

const FORM =
  /^jdbc:(?:mysql|mariadb):\/\/(\[[0-9a-fA-F:]+\]|[^:/?#\s@]+)(?::(\d{1,5}))?\/([^/?#\s]+)(?:\?sslMode=(DISABLED|REQUIRED|VERIFY_IDENTITY))?$/;

/** `jdbc:mysql://host:port/database` taken apart; undefined when it is not of that form. */
export function parseMysqlUrl(url: string): MysqlUrl | undefined {
  const match = FORM.exec(url);
  if (match === null) return undefined;
  const [, host = '', port = '3306', database = '', mode = 'DISABLED'] = match;
  const trust = mode === 'DISABLED' ? 'none' : mode === 'REQUIRED' ? 'encrypted' : 'proven';
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), database: decodeURIComponent(database), trust };
}

/** Whether a url asks for MySQL at all, well formed or not. */
export function isMysqlUrl(url: string | undefined): boolean {
  return /^jdbc:(mysql|mariadb):/.test(url ?? '');
}
