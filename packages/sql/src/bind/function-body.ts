import { AGGREGATE_ABILITIES, AGGREGATE_EXPORTS, type AggregateAbility, isModule, moduleOf } from '@millrace/plan';
import { type ModuleDeclaration, type Program, parse, type Statement } from 'acorn';
import type { CreateFunction } from '../ast.ts';
import type { Span } from '../source-text.ts';

/** What QuickJS, which runs the bodies, knows whole. */
const ECMA_VERSION = 2023;

/** What a look at the JavaScript of a body tells; nothing of it is run. */
export interface InspectedBody {
  readonly problems: readonly { readonly at: Span; readonly message: string }[];
  readonly abilities: readonly AggregateAbility[];
}

const inspected = new WeakMap<CreateFunction, InspectedBody>();

export function inspectBody(statement: CreateFunction): InspectedBody {
  const known = inspected.get(statement) ?? inspect(statement);
  inspected.set(statement, known);
  return known;
}

function inspect(statement: CreateFunction): InspectedBody {
  const { of, parameters, body } = statement;
  const { text, bodyFrom } = moduleOf({
    kind: of,
    parameters: parameters.map(({ name }) => ({ name: name.text })),
    body: body.text,
  });
  const spanAt = (from: number, to: number): Span => spanIn(statement, from - bodyFrom, to - bodyFrom);
  let program: Program;
  try {
    program = parse(text, { ecmaVersion: ECMA_VERSION, sourceType: 'module' });
  } catch (error) {
    return { problems: [syntaxProblem(statement, error, text, bodyFrom)], abilities: [] };
  }
  const imported = program.body.find(({ type }) => type === 'ImportDeclaration');
  if (imported !== undefined) {
    const message = 'There is nothing to import: a function runs on its own, without files and network.';
    return { problems: [{ at: spanAt(imported.start, imported.end), message }], abilities: [] };
  }
  const exported = new Map(program.body.flatMap(exportsOf));
  if (of === 'aggregate') return aggregate(statement, exported);
  return isModule(body.text) ? single(statement, exported, spanAt) : { problems: [], abilities: [] };
}

/** Names a module exports, each with how it is declared. */
function exportsOf(node: Statement | ModuleDeclaration): readonly (readonly [string, Exported])[] {
  if (node.type === 'ExportDefaultDeclaration') {
    const { declaration } = node;
    const isFunction = 'async' in declaration;
    return [['default', { isAsync: isFunction && declaration.async === true, start: node.start, end: node.end }]];
  }
  if (node.type !== 'ExportNamedDeclaration') return [];
  const { declaration, specifiers } = node;
  const place = { start: node.start, end: node.end };
  const renamed = specifiers.map(({ exported }) => {
    return ['name' in exported ? exported.name : String(exported.value), { ...place, isAsync: false }] as const;
  });
  if (declaration?.type === 'FunctionDeclaration')
    return [...renamed, [declaration.id.name, { ...place, isAsync: declaration.async }]];
  if (declaration?.type !== 'VariableDeclaration') return renamed;
  const names = declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
  return [...renamed, ...names.map((name) => [name, { ...place, isAsync: false }] as const)];
}

interface Exported {
  readonly isAsync: boolean;
  readonly start: number;
  readonly end: number;
}

function aggregate({ name, body }: CreateFunction, exported: ReadonlyMap<string, Exported>): InspectedBody {
  const missing = AGGREGATE_EXPORTS.filter((each) => !exported.has(each));
  const abilities = AGGREGATE_ABILITIES.filter((each) => exported.has(each));
  if (missing.length === 0) return { problems: [], abilities };
  const message = `The body of ${name.text} lacks ${missing.map((each) => `export function ${each}(...)`).join(', ')}.`;
  return { problems: [{ at: { from: body.from, to: body.placeOf(0) }, message }], abilities };
}

function single(
  { name, body, of }: CreateFunction,
  exported: ReadonlyMap<string, Exported>,
  spanAt: (from: number, to: number) => Span,
): InspectedBody {
  const found = exported.get('default');
  if (found === undefined) {
    const form = of === 'table' ? 'export default function* (...)' : 'export default function (...)';
    const message = `A body that exports something exports the function: ${form}, which ${name.text} calls.`;
    return { problems: [{ at: { from: body.from, to: body.placeOf(0) }, message }], abilities: [] };
  }
  if (!found.isAsync) return { problems: [], abilities: [] };
  const message = 'The function is async: it has nothing to wait for, and must give its value at once.';
  return { problems: [{ at: spanAt(found.start, found.end), message }], abilities: [] };
}

/** In front of the body stand the parameters; behind it our closing brace, which a body that is not closed takes for its own. */
function syntaxProblem(statement: CreateFunction, error: unknown, text: string, bodyFrom: number) {
  const { body, parameters } = statement;
  const at = typeof error === 'object' && error !== null && 'pos' in error ? Number(error.pos) : text.length;
  const said = (error instanceof Error ? error.message : String(error)).replace(/ \(\d+:\d+\)$/, '');
  if (at < bodyFrom) {
    const wrong = parameters.find(({ name }) => !isJavaScriptName(name.text)) ?? parameters[0];
    const name = wrong?.name ?? statement.name;
    return {
      at: { from: name.from, to: name.to },
      message: `${name.text} cannot name a parameter in JavaScript: rename it.`,
    };
  }
  const place = at - bodyFrom;
  if (place >= body.text.length) {
    const end = body.text.trimEnd().length;
    return { at: spanIn(statement, Math.max(0, end - 1), end), message: 'JavaScript: the body ends too early.' };
  }
  const word = /^[\p{ID_Continue}$]+/u.exec(body.text.slice(place))?.[0] ?? body.text[place] ?? '';
  return { at: spanIn(statement, place, place + word.length), message: `JavaScript: ${said}.` };
}

function isJavaScriptName(name: string): boolean {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return false;
  try {
    parse(`(${name}) => 0`, { ecmaVersion: ECMA_VERSION, sourceType: 'module' });
    return true;
  } catch {
    return false;
  }
}

/** Characters of the body as a place in the script. */
function spanIn({ body }: CreateFunction, from: number, to: number): Span {
  const within = (at: number) => Math.min(Math.max(at, 0), body.text.length);
  return { from: body.placeOf(within(from)), to: body.placeOf(within(to)) };
}
