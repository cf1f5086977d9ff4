/** Names of Nexmark that are reserved words of Flink's. */
const RESERVED = /\b(dateTime|day|minute)\b(?!`)/g;

/** The same statement with them in quotes. */
export function quoteReserved(statement: string): string {
  return statement.replaceAll(RESERVED, '`$1`');
}
