import { findFunction } from '../functions/catalog.ts';
import { KEYWORD_HELP } from './keyword-help.ts';
import { openParentheses, surroundingsOf } from './surroundings.ts';

/** The call a place stands in: its signature, and which part of it is being written. */
export interface ArgumentHelp {
  /** Where the function's name begins. */
  readonly at: number;
  readonly signature: string;
  /** The parameter being written, as offsets into `signature`; absent when there are fewer. */
  readonly active?: { readonly from: number; readonly to: number };
  readonly help: string;
}

const WINDOWS = ['TUMBLE', 'HOP', 'CUMULATE', 'SESSION'];

/** Help with the arguments at `offset` (UTF-16); undefined outside of calls of known functions. */
export function argumentHelp(text: string, offset: number): ArgumentHelp | undefined {
  const { statement } = surroundingsOf(text, offset);
  const before = statement.filter((token) => token.to <= offset);
  const open = openParentheses(before).at(-1);
  const name = open === undefined ? undefined : before[open - 1];
  if (open === undefined || name === undefined || name.kind !== 'word') return undefined;
  const signatures = signaturesOf(name.word);
  if (signatures === undefined) return undefined;
  const inner = before.slice(open + 1);
  const place = argumentsBefore(inner);
  const fitting = signatures.forms.find((form) => parametersOf(form).length > place);
  const signature = fitting ?? signatures.forms[0] ?? name.word;
  const parameters = parametersOf(signature);
  const active = parameters[isRepeated(signature) ? Math.min(place, parameters.length - 1) : place];
  return { at: name.from, signature, help: signatures.help, ...(active === undefined ? {} : { active }) };
}

function signaturesOf(word: string): { readonly forms: readonly string[]; readonly help: string } | undefined {
  const window = WINDOWS.includes(word) && Object.hasOwn(KEYWORD_HELP, word) ? KEYWORD_HELP[word] : undefined;
  if (window !== undefined) return { forms: [window.form], help: window.help };
  const definition = findFunction(word);
  return definition && { forms: definition.signatures, help: definition.help };
}

/** The commas of a call so far that stand in no inner parentheses or brackets. */
function argumentsBefore(tokens: readonly { readonly word: string }[]): number {
  let depth = 0;
  let commas = 0;
  for (const { word } of tokens) {
    if (word === '(' || word === '[') depth++;
    else if (word === ')' || word === ']') depth--;
    else if (word === ',' && depth === 0) commas++;
  }
  return commas;
}

function isRepeated(signature: string): boolean {
  return signature.includes('...');
}

/** The parameters of `NAME(a, b [, c]) -> type`, as places in it; brackets for what may be left out do not count. */
function parametersOf(signature: string): readonly { readonly from: number; readonly to: number }[] {
  const open = signature.indexOf('(');
  const close = closingOf(signature, open);
  if (open < 0 || close <= open + 1) return [];
  const parameters: { from: number; to: number }[] = [];
  let from = open + 1;
  let depth = 0;
  for (let at = from; at <= close; at++) {
    const char = signature[at];
    if (at < close && (char === '(' || char === '<')) depth++;
    if (at < close && (char === ')' || char === '>')) depth--;
    if (at < close && (char !== ',' || depth > 0)) continue;
    const trimmed = trim(signature, from, at);
    if (signature.slice(trimmed.from, trimmed.to) !== '...') parameters.push(trimmed);
    from = at + 1;
  }
  return parameters;
}

function closingOf(signature: string, open: number): number {
  let depth = 0;
  for (let at = open; at >= 0 && at < signature.length; at++) {
    if (signature[at] === '(') depth++;
    if (signature[at] === ')' && --depth === 0) return at;
  }
  return signature.length;
}

/** Without blanks and the brackets of what may be left out. */
function trim(signature: string, from: number, to: number): { from: number; to: number } {
  let start = from;
  let end = to;
  while (start < end && ' []'.includes(signature[start] ?? '')) start++;
  while (end > start && ' []'.includes(signature[end - 1] ?? '')) end--;
  return { from: start, to: end };
}
