/** WITH (...) of a table in the database at `url` (`postgresql://user:password@host:port/database`). */
export function jdbcOptions(url: string, table: string, more: Readonly<Record<string, string>> = {}): string {
  const { hostname, port, pathname, username, password } = new URL(url);
  const options = {
    connector: 'jdbc',
    url: `jdbc:postgresql://${hostname}:${port}${pathname}`,
    'table-name': table,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...more,
  };
  return `WITH (${Object.entries(options)
    .map(([name, value]) => `'${name}' = '${value}'`)
    .join(', ')})`;
}
