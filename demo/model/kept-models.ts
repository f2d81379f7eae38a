// The part of the model dialog with the models that the browser keeps: how big they are, and how to be rid of them.

import { cachedModels, deleteCachedModel, type CachedModel } from '../../src/index.ts';
import { byId, make } from '../dom.ts';
import { errorText } from '../trouble/error-help.ts';
import { megabytes } from '../format.ts';
import type { ModelChoice } from '../session.ts';

const deleteText = 'Delete';

export interface KeptModels {
  /** Shows the list as it is now. */
  refresh(): Promise<void>;
}

/** `onUse` is told of a model that the visitor wants to use. */
export function setUpKeptModels(onUse: (choice: ModelChoice) => void): KeptModels {
  const list = byId('kept', HTMLElement);
  const total = byId('kept-total', HTMLElement);
  const status = byId('kept-status', HTMLElement);
  let lastRefresh = 0;

  function entry(model: CachedModel): HTMLLIElement {
    const size = `${megabytes(model.byteLength)}${model.complete ? '' : ', not complete: loading goes on from here'}`;
    const button = make('button', { type: 'button', className: 'button', textContent: deleteText });
    button.setAttribute('aria-label', `Delete ${model.name}`);
    askTwice(button, model.name, () => void remove(model, button));
    return make(
      'li',
      {},
      make('span', { className: 'kept-name', textContent: model.name }),
      make('span', { className: 'kept-size', textContent: size }),
      ...(model.complete ? [use(model)] : []),
      button,
    );
  }

  function use({ name }: CachedModel): HTMLButtonElement {
    const button = make('button', { type: 'button', className: 'button', textContent: 'Use' });
    button.setAttribute('aria-label', `Use ${name}`);
    button.addEventListener('click', () => onUse({ model: `kept:${name}` }));
    return button;
  }

  async function remove({ name, byteLength }: CachedModel, button: HTMLButtonElement): Promise<void> {
    const at = [...list.children].findIndex((item) => item.contains(button));
    button.disabled = true;
    let outcome: string;
    try {
      await deleteCachedModel(name);
      outcome = `${name} is deleted; ${megabytes(byteLength)} are free again.`;
    } catch (error) {
      outcome = errorText(error).message;
    }
    await refresh();
    status.textContent = outcome;
    // The button that had the focus is gone; the next one, or else the title, takes it.
    const left = list.children[Math.min(at, list.children.length - 1)];
    (left?.querySelector<HTMLElement>('button:last-child') ?? byId('kept-title', HTMLElement)).focus();
  }

  async function refresh(): Promise<void> {
    const mine = ++lastRefresh;
    list.setAttribute('aria-busy', 'true');
    status.textContent = '';
    const models = await cachedModels().catch((error: unknown) => errorText(error).message);
    // Of two lists the later one is right, whichever is read first.
    if (mine !== lastRefresh) return;
    list.replaceChildren(...(typeof models === 'string' ? [] : models.map(entry)));
    total.textContent = typeof models === 'string' ? models : totalText(models);
    list.setAttribute('aria-busy', 'false');
  }

  return { refresh };
}

function totalText(models: readonly CachedModel[]): string {
  const sum = models.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
  return models.length === 0 ? 'None so far.' : `${megabytes(sum)} in all, on this machine alone.`;
}

/** Calls `onSure` at the second click; leaving the button in between takes the first one back. */
function askTwice(button: HTMLButtonElement, name: string, onSure: () => void): void {
  const reset = (): void => {
    button.textContent = deleteText;
    button.setAttribute('aria-label', `Delete ${name}`);
    delete button.dataset['sure'];
  };
  button.addEventListener('click', () => {
    if ('sure' in button.dataset) return onSure();
    button.dataset['sure'] = '';
    button.textContent = 'Really delete?';
    button.setAttribute('aria-label', `Really delete? ${name}: press once more.`);
  });
  button.addEventListener('blur', reset);
}
