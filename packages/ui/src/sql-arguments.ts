import { type Extension, Prec, StateEffect, StateField } from '@codemirror/state';
import { type EditorView, keymap, showTooltip, type Tooltip, ViewPlugin, type ViewUpdate } from '@codemirror/view';

/** The call the cursor stands in; `active` is the parameter being written, as offsets into the signature. */
export interface EditorArguments {
  readonly at: number;
  readonly signature: string;
  readonly active?: { readonly from: number; readonly to: number } | undefined;
  readonly help: string;
}

/** Undefined outside of calls. */
export type Arguments = (text: string, offset: number, signal: AbortSignal) => Promise<EditorArguments | undefined>;

const PAUSE_MS = 150;

const show = StateEffect.define<EditorArguments | null>();

/** Shown while the call is written, until the cursor goes elsewhere. */
const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update(tooltip, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(show)) return effect.value === null ? null : tooltipOf(effect.value);
    }
    if (tooltip === null) return null;
    if (transaction.selection !== undefined && !transaction.docChanged) return null;
    return transaction.docChanged ? { ...tooltip, pos: transaction.changes.mapPos(tooltip.pos) } : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

/** The signature of the call being written above it, its current parameter in bold. Escape hides it. */
export function sqlArguments(ask: () => Arguments | undefined): Extension {
  const asking = ViewPlugin.define((view) => new Asking(view, ask));
  const hide = (view: EditorView) => {
    if (view.state.field(shown) === null) return false;
    view.dispatch({ effects: show.of(null) });
    return true;
  };
  return [shown, asking, Prec.low(keymap.of([{ key: 'Escape', run: hide }]))];
}

/** Asks once per pause in the typing; a later key aborts the question. */
class Asking {
  readonly #view: EditorView;
  readonly #ask: () => Arguments | undefined;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: EditorView, ask: () => Arguments | undefined) {
    this.#view = view;
    this.#ask = ask;
  }

  update(update: ViewUpdate): void {
    const isTyped = update.transactions.some(
      (transaction) => transaction.isUserEvent('input') || transaction.isUserEvent('delete'),
    );
    if (!update.docChanged && !update.selectionSet) return;
    this.destroy();
    if (update.docChanged && isTyped) this.#timer = setTimeout(() => void this.#run(), PAUSE_MS);
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const { doc, selection } = this.#view.state;
    const found = await this.#ask()?.(doc.toString(), selection.main.head, signal);
    if (signal.aborted || this.#view.state.doc !== doc) return;
    if (found === undefined && this.#view.state.field(shown) === null) return;
    this.#view.dispatch({ effects: show.of(found ?? null) });
  }
}

function tooltipOf(call: EditorArguments): Tooltip {
  return { pos: call.at, above: true, create: () => ({ dom: drawn(call) }) };
}

/** Built from text nodes: nothing of the program is ever markup. */
function drawn({ signature, active, help }: EditorArguments): HTMLElement {
  const box = document.createElement('div');
  box.className = 'cm-sql-hover cm-sql-arguments';
  box.setAttribute('role', 'status');
  const head = box.appendChild(document.createElement('div'));
  head.className = 'cm-sql-signature';
  const { from, to } = active ?? { from: signature.length, to: signature.length };
  head.append(signature.slice(0, from));
  head.appendChild(document.createElement('strong')).textContent = signature.slice(from, to);
  head.append(signature.slice(to));
  box.appendChild(document.createElement('div')).textContent = help;
  return box;
}
