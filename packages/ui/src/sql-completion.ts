import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';

/** One proposal; `insert` (else `label`) replaces what is written from the proposals' `from`. */
export interface EditorCompletion {
  readonly label: string;
  readonly insert?: string | undefined;
  readonly kind: string;
  readonly detail?: string | undefined;
}

/** What may stand at an offset; the text from `from` to the offset is what a proposal replaces. */
export interface EditorCompletions {
  readonly from: number;
  readonly items: readonly EditorCompletion[];
}

/** Asked at most once per pause in the typing; `signal` aborts when the answer would come too late for the text. */
export type Complete = (text: string, offset: number, signal: AbortSignal) => Promise<EditorCompletions | undefined>;

/** How long typing must pause before anything is asked for. */
const PAUSE_MS = 120;

/**
 * Proposals while typing and on Ctrl-Space. They are asked for after a pause; whatever is typed meanwhile aborts the
 * question, so that an answer always fits the text it is shown for.
 */
export function sqlCompletion(complete: () => Complete | undefined): Extension {
  return autocompletion({
    icons: false,
    activateOnTypingDelay: PAUSE_MS,
    maxRenderedOptions: 200,
    override: [(context) => proposals(context, complete())],
  });
}

async function proposals(context: CompletionContext, complete: Complete | undefined): Promise<CompletionResult | null> {
  const before = context.matchBefore(/[\w$.'`-]+/);
  if (complete === undefined || (before === null && !context.explicit)) return null;
  const abort = new AbortController();
  context.addEventListener('abort', () => abort.abort(), { onDocChange: true });
  const text = context.state.doc.toString();
  const found = await complete(text, context.pos, abort.signal);
  if (found === undefined || context.aborted) return null;
  return resultOf(found, text, context.pos, context.explicit);
}

/** Null when there is nothing to say that is not written already. Pure. */
export function resultOf(
  { from, items }: EditorCompletions,
  text: string,
  pos: number,
  explicit: boolean,
): CompletionResult | null {
  const written = text.slice(from, pos);
  const begun = written !== '' || /[.'`]$/.test(text.slice(0, pos));
  if (!begun && !explicit) return null;
  const quote = /^['`]/.exec(written)?.[0] ?? '';
  const offered = items.filter(({ label, insert }) => explicit || (insert ?? label) !== written);
  if (offered.length === 0) return null;
  return {
    from,
    options: offered.map((item) => optionOf(item, quote)),
    // What is typed on narrows the list here; what is deleted, or leaves the word, asks again.
    validFor: (current) => current.startsWith(written) && /^['`]?[\w$.-]*$/.test(current),
  };
}

function optionOf({ label, insert, kind, detail }: EditorCompletion, quote: string): Completion {
  const explained = kind === 'function' || kind === 'option';
  return {
    // Compared with what is written, which may begin with a quote.
    label: quote + label,
    displayLabel: label,
    type: kind,
    boost: BOOST[kind] ?? 0,
    apply: (view, option, from, to) => apply(view, option, insert ?? label, from, to),
    ...(detail === undefined ? {} : explained ? { info: detail } : { detail }),
  };
}

/** Names of the script before names of the language, when both fit equally well. */
const BOOST: Readonly<Record<string, number>> = { column: 3, table: 3, value: 3, option: 2, function: 1, keyword: -1 };

function apply(view: EditorView, option: Completion, insert: string, from: number, to: number): void {
  const after = view.state.doc.sliceString(to, to + 1);
  const { text, cursor, over } = insertionOf(insert, view.state.doc.sliceString(from, from + 1), after);
  view.dispatch({
    changes: { from, to: to + over, insert: text },
    selection: { anchor: from + cursor },
    annotations: pickedCompletion.of(option),
    userEvent: 'input.complete',
    scrollIntoView: true,
  });
}

/**
 * What is written for a proposal, where the cursor goes (the first hole, else the end), and how many characters after the
 * cursor it swallows: the closing quote that the editor added by itself. Pure.
 */
export function insertionOf(
  insert: string,
  first: string,
  after: string,
): { readonly text: string; readonly cursor: number; readonly over: number } {
  const text = insert.endsWith('(') && after !== '(' ? `${insert})` : insert;
  const hole = /''$|\(\)|TABLE (?=,)/.exec(text);
  const width = hole === null ? 0 : hole[0].startsWith('TABLE') ? hole[0].length : 1;
  const over = (first === "'" || first === '`') && after === first && text.startsWith(first) ? 1 : 0;
  return { text, cursor: hole === null ? text.length : hole.index + width, over };
}
