// The menu of what annotations can be saved as, with progress and Cancel while a file is made.

import { make } from '../dom.ts';
import type { Media } from '../media/media.ts';
import { saveChoices, type SaveChoice, type SaveContext, type Saved } from './save-as.ts';

/** What is there to be saved. */
export type Savable = Pick<SaveContext, 'document' | 'media' | 'shown' | 'momentSec' | 'part'>;

export interface ExportHost {
  /** Null where there is nothing to save. */
  savable(): Savable | null;
  onSaved(saved: Saved): void;
  onError(error: unknown): void;
}

export class ExportMenu {
  readonly element: HTMLElement;
  readonly #host: ExportHost;
  readonly #list = make('ul', { className: 'save-list' });
  readonly #status = make('p', { className: 'save-status' });
  #working: AbortController | null = null;

  constructor(host: ExportHost) {
    this.#host = host;
    this.#status.setAttribute('role', 'status');
    const menu = make(
      'details',
      { className: 'save-as' },
      make('summary', { textContent: 'Save as' }),
      this.#list,
    );
    this.element = make('div', { className: 'save-box' }, menu, this.#status);
  }

  /** Offers what these media can be saved as. */
  show(media: Media): void {
    const items = saveChoices
      .filter(({ isFor }) => isFor(media))
      .map((choice) => {
        const button = make('button', {
          type: 'button',
          className: 'button quiet',
          textContent: choice.title,
        });
        button.dataset['save'] = choice.id;
        button.addEventListener('click', () => void this.#save(choice));
        return make('li', {}, button);
      });
    this.#list.replaceChildren(...items);
  }

  /** Gives up what is being made. */
  cancel(): void {
    this.#working?.abort();
  }

  #tell(text: string, stoppable = false): void {
    this.#status.replaceChildren(text);
    if (!stoppable) return;
    const stop = make('button', { type: 'button', className: 'button quiet', textContent: 'Cancel saving' });
    stop.addEventListener('click', () => this.cancel());
    this.#status.append(' ', stop);
  }

  async #save(choice: SaveChoice): Promise<void> {
    const savable = this.#host.savable();
    if (!savable) return;
    this.cancel();
    const work = (this.#working = new AbortController());
    const { signal } = work;
    let percent = -1;
    this.#tell('Writing the file …', true);
    try {
      const saved = await choice.save({
        ...savable,
        signal,
        onProgress: ({ done, total }) => {
          const now = Math.floor((100 * done) / Math.max(total, 1));
          if (now === percent) return;
          percent = now;
          if (this.#working === work) this.#tell(`Writing the video: ${now}%`, true);
        },
      });
      if (signal.aborted) return;
      this.#host.onSaved(saved);
      this.#tell('Saved.');
    } catch (error) {
      if (this.#working === work) this.#tell(signal.aborted ? 'Cancelled.' : '');
      if (!signal.aborted) this.#host.onError(error);
    }
  }
}
