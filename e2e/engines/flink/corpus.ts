import { readFileSync } from 'node:fs';

/** The lines of a file beside this one, by the family their comment names. */
export function families(file: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let family = file;
  for (const line of text(file).split('\n')) {
    if (line.startsWith('-- ')) family = line.slice(3).trim();
    else if (line.trim() !== '') found.set(family, [...(found.get(family) ?? []), line]);
  }
  return found;
}

export function text(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
