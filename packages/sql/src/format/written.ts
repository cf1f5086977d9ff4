import type { Script } from '../ast.ts';
import { findFunction } from '../functions/catalog.ts';
import type { Span } from '../source-text.ts';
import type { Token } from '../token.ts';

/** A token as it is to be written. */
export interface Written {
  readonly token: Token;
  /** Keywords, types and known functions in upper case, everything else as it is. */
  readonly text: string;
  /** The word of the grammar it is, or the symbol; empty for names, functions, numbers and strings. */
  readonly head: string;
  readonly role: 'name' | 'call' | 'type' | 'other';
}

/**
 * What each token is comes from the tree, so a column that is called `date`, `one` or `pattern` is a name and stays as it was
 * written.
 */
export function writtenTokens(text: string, tokens: readonly Token[], script: Script): readonly Written[] {
  const found: Found = { names: new Set(), calls: new Set(), types: [] };
  collect(script, found);
  found.types.sort((a, b) => a.from - b.from);
  const inRow: boolean[] = [];
  let nextType = 0;
  return tokens.map((token, at): Written => {
    while ((found.types[nextType]?.to ?? Number.POSITIVE_INFINITY) <= token.from) nextType++;
    const isInType = (found.types[nextType]?.from ?? Number.POSITIVE_INFINITY) <= token.from;
    const source = text.slice(token.from, token.to);
    const previous = tokens[at - 1]?.word ?? '';
    const isField = inRow.at(-1) === true && ['<', '(', ','].includes(previous);
    if (isInType && (token.word === '<' || token.word === '(')) inRow.push(previous === 'ROW');
    else if (isInType && (token.word === '>' || token.word === ')')) inRow.pop();
    else if (!isInType) inRow.length = 0;
    if (token.kind === 'symbol') return { token, text: source, head: token.word, role: isInType ? 'type' : 'other' };
    if (token.kind !== 'word') return { token, text: source, head: '', role: 'other' };
    if (found.calls.has(token.from)) {
      const isKnown = findFunction(token.text) !== undefined || WINDOWS.includes(token.word);
      return { token, text: isKnown ? token.word : source, head: '', role: 'call' };
    }
    const isName = found.names.has(token.from) || previous === 'CONSTRAINT' || (isInType && isField);
    if (isName) return { token, text: source, head: '', role: 'name' };
    return { token, text: token.word, head: token.word, role: isInType ? 'type' : 'other' };
  });
}

const WINDOWS = ['TUMBLE', 'HOP', 'CUMULATE', 'SESSION'];

interface Found {
  readonly names: Set<number>;
  readonly calls: Set<number>;
  readonly types: Span[];
}

/** Walks the tree by its shape: a name has a text and no kind, a type reference a type and no kind. */
function collect(node: unknown, found: Found): void {
  if (typeof node !== 'object' || node === null) return;
  if ('from' in node && 'to' in node && typeof node.from === 'number' && typeof node.to === 'number') {
    if (!('kind' in node) && 'text' in node) found.names.add(node.from);
    if (!('kind' in node) && 'type' in node) found.types.push({ from: node.from, to: node.to });
  }
  const call = calledBy(node);
  for (const [key, part] of Object.entries(node)) {
    if (call !== undefined && part === call.name && (key === 'name' || key === 'function')) found.calls.add(call.from);
    else collect(part, found);
  }
}

function calledBy(node: object): { readonly name: unknown; readonly from: number } | undefined {
  if (!('kind' in node)) return undefined;
  let name: unknown;
  if (node.kind === 'call' && 'name' in node) name = node.name;
  if (node.kind === 'window' && 'function' in node) name = node.function;
  if (typeof name !== 'object' || name === null || !('from' in name) || typeof name.from !== 'number') return undefined;
  return { name, from: name.from };
}
