import { ApiError } from './api-client.ts';

/** What the server says about each field, by its path; empty for any other kind of error. */
export function fieldErrors(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(error.fields.map(({ path, message }) => [path, message]));
}

/** The sentence to show beside a form: none when every part of it already stands beside a field. */
export function formError(error: unknown, shown: readonly string[]): string | undefined {
  if (error === null || error === undefined) return undefined;
  const paths = Object.keys(fieldErrors(error));
  if (paths.length > 0 && paths.every((path) => shown.includes(path))) return undefined;
  return error instanceof Error ? error.message : String(error);
}
