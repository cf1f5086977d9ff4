/**
 * Hive's names of folders, as Flink writes and reads them: one folder `column=value` per PARTITIONED BY column, `dt=2024-01-31/hour=10`. What file
 * systems or other readers give a meaning is written as %XX; NULL, and the empty text, have a name of their own.
 */
export const DEFAULT_PARTITION = '__DEFAULT_PARTITION__';

/** The longest name of one folder that common file systems take. */
const NAME_BYTES_MAX = 255;

/** Control characters, and those of Hive's list. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand in a name
const ESCAPED = /[\u0000-\u001f\u007f"#%'*/:=?\\{}[\]^]/g;

export function escapeName(text: string): string {
  return text.replace(ESCAPED, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The inverse; a % that begins no %XX stands for itself. */
export function unescapeName(name: string): string {
  return name.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** `dt=2024-01-31/hour=10`; undefined when the name of a folder would be too long for file systems. */
export function partitionFolder(
  columns: readonly string[],
  texts: readonly (string | null)[],
  defaultName: string,
): string | undefined {
  const names = columns.map((column, at) => {
    const text = texts[at] ?? '';
    return `${escapeName(column)}=${text === '' ? defaultName : escapeName(text)}`;
  });
  return names.some((name) => Buffer.byteLength(name) > NAME_BYTES_MAX) ? undefined : names.join('/');
}

/** Column and text of a folder's name; undefined when it is of no partition. */
export function readPartitionName(
  name: string,
  defaultName: string,
): { readonly column: string; readonly text: string | null } | undefined {
  const at = name.indexOf('=');
  if (at <= 0) return undefined;
  const text = name.slice(at + 1);
  return { column: unescapeName(name.slice(0, at)), text: text === defaultName ? null : unescapeName(text) };
}
