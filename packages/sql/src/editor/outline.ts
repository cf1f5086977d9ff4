import type { Statement } from '../ast.ts';
import { Report } from '../diagnostic.ts';
import { tokenize } from '../lexer.ts';
import { parseScript } from '../parser/script.ts';
import type { Token } from '../token.ts';

/** One statement of a script. Offsets are UTF-16, `to` exclusive, without the semicolon. */
export interface OutlineEntry {
  readonly kind: 'table' | 'view' | 'function' | 'insert' | 'query' | 'setting' | 'question' | 'drop' | 'broken';
  /** What it declares, writes or asks for, short enough for a list: `city_gmv`, `SHOW TABLES`. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** The table an INSERT writes. */
  readonly writes?: string;
  /** Tables and views it reads, each once, in the order of the text. */
  readonly reads: readonly string[];
}

/** The statements of a script in order; those that cannot be read too. Never throws. */
export function outline(text: string): readonly OutlineEntry[] {
  const report = new Report(text);
  const read = parseScript(text, report).statements.map((statement) => entryOf(statement));
  const broken = statementsOf(tokenize(text, report)).flatMap((tokens): readonly OutlineEntry[] => {
    const [first] = tokens;
    const last = tokens.at(-1);
    if (first === undefined || last === undefined || first.word === 'END') return [];
    if (read.some(({ from, to }) => from < last.to && to > first.from)) return [];
    return [{ kind: 'broken', label: startOf(text, first.from, last.to), from: first.from, to: last.to, reads: [] }];
  });
  return [...read, ...broken].sort((a, b) => a.from - b.from);
}

function entryOf(statement: Statement): OutlineEntry {
  const { from, to } = statement;
  const reads = readsOf(statement);
  switch (statement.kind) {
    case 'create-table': {
      const writes = statement.query === undefined ? {} : { writes: statement.name.text };
      return { kind: 'table', label: statement.name.text, from, to, ...writes, reads };
    }
    case 'create-view':
      return { kind: 'view', label: statement.name.text, from, to, reads };
    case 'create-function':
      return { kind: 'function', label: statement.name.text, from, to, reads };
    case 'insert':
      return { kind: 'insert', label: statement.table.text, from, to, writes: statement.table.text, reads };
    case 'query':
      return { kind: 'query', label: 'SELECT', from, to, reads };
    case 'set':
      return { kind: 'setting', label: statement.key, from, to, reads };
    case 'reset':
      return { kind: 'setting', label: statement.key ?? 'RESET', from, to, reads };
    case 'explain':
      return { kind: 'question', label: 'EXPLAIN', from, to, reads };
    case 'show':
      return {
        kind: 'question',
        label: `SHOW ${statement.name?.text ?? statement.what.toUpperCase()}`,
        from,
        to,
        reads,
      };
    case 'describe':
      return {
        kind: 'question',
        label: `DESCRIBE ${statement.what === 'table' ? '' : `${statement.what.toUpperCase()} `}${statement.name.text}`,
        from,
        to,
        reads,
      };
    case 'alter-table':
      return { kind: 'table', label: `ALTER ${statement.name.text}`, from, to, reads };
    case 'alter-view':
      return { kind: 'view', label: `ALTER ${statement.name.text}`, from, to, reads };
    case 'use':
      return { kind: 'setting', label: 'USE', from, to, reads };
    case 'drop':
      return { kind: 'drop', label: statement.name.text, from, to, reads };
  }
}

/** The tables in FROM anywhere below, without the names WITH gives to queries. */
function readsOf(statement: Statement): readonly string[] {
  const reads = new Set<string>();
  const own = new Set<string>();
  collect(statement, reads, own);
  return [...reads].filter((name) => !own.has(name));
}

function collect(node: unknown, reads: Set<string>, own: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  if ('with' in node && Array.isArray(node.with)) for (const { name } of node.with) own.add(String(name.text));
  if ('kind' in node && node.kind === 'named' && 'name' in node) {
    const { name } = node;
    if (typeof name === 'object' && name !== null && 'text' in name) reads.add(String(name.text));
  }
  for (const part of Object.values(node)) collect(part, reads, own);
}

/** The tokens between semicolons. */
function statementsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]];
  for (const token of tokens) {
    if (token.word === ';') statements.push([]);
    else if (token.kind !== 'end') statements.at(-1)?.push(token);
  }
  return statements;
}

const LABEL_LENGTH_MAX = 40;

function startOf(text: string, from: number, to: number): string {
  const line = text.slice(from, Math.min(to, from + 200)).replaceAll(/\s+/g, ' ');
  return line.length > LABEL_LENGTH_MAX ? `${line.slice(0, LABEL_LENGTH_MAX - 1)}…` : line;
}
