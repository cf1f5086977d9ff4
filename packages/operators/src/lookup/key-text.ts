import type { Cell, StoredRow } from './stored-row.ts';

/** A key without NULLs as text: equal keys of equal types give equal text, different ones never do, digits beyond 2^53 included. */
export function keyText(key: StoredRow): string {
  if (key.length === 1) return cellText(key[0] ?? null);
  let text = '';
  for (const cell of key) {
    const part = cellText(cell);
    text += `${part.length}:${part}`;
  }
  return text;
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  // -0 equals 0.
  return cell === 0 ? '0' : String(cell);
}
