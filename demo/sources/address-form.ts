// Addresses of pictures and videos: typed into a field, pasted anywhere on the page, or dropped as a link.

import { make } from '../dom.ts';
import type { ErrorText } from '../trouble/error-help.ts';
import { megabytes } from '../format.ts';
import { mayAsk, openPageLink } from '../site/reach.ts';
import { addressIn, fetchAddress } from './web-address.ts';

export interface AddressEvents {
  /** A fetch begins. */
  onStart(): void;
  onFile(file: File): void;
  onProblem(problem: ErrorText): void;
}

export interface AddressForm {
  readonly element: HTMLFormElement;
  /** Shows the field, or hides it; whether it is shown then. */
  toggle(): boolean;
  /** Gives up what is being fetched. */
  stop(): void;
}

const hint =
  'A picture’s or a video’s own address, not that of a page around it. It is fetched into this page; nothing is sent.';

/** Listens on the whole page for pasted and dropped links. */
function listenForLinks(open: (url: URL) => void): void {
  document.addEventListener('paste', (event) => {
    const data = event.clipboardData;
    const isField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    // A copied picture may come with the address that it had: its pixels are the better half.
    if (!data || isField || data.files.length > 0) return;
    const url = addressIn(data.getData('text/plain'));
    if (!url) return;
    event.preventDefault();
    open(url);
  });
  const linkIn = (event: DragEvent): boolean => {
    const types = event.dataTransfer?.types ?? [];
    return types.includes('text/uri-list') && !types.includes('Files');
  };
  document.addEventListener('dragover', (event) => linkIn(event) && event.preventDefault());
  document.addEventListener('drop', (event) => {
    if (!linkIn(event)) return;
    const [first = ''] = (event.dataTransfer?.getData('text/uri-list') ?? '')
      .split(/\r?\n/)
      .filter((line) => !line.startsWith('#'));
    const url = addressIn(first);
    if (!url) return;
    event.preventDefault();
    open(url);
  });
}

export function addressForm({ onStart, onFile, onProblem }: AddressEvents): AddressForm {
  const field = make('input', {
    type: 'url',
    id: 'address',
    required: true,
    placeholder: 'https://',
    autocomplete: 'off',
  });
  const submit = make('button', { type: 'submit', className: 'button', textContent: 'Open' });
  const cancel = make('button', {
    type: 'button',
    className: 'button',
    textContent: 'Cancel',
    hidden: true,
  });
  const said = make('p', { id: 'address-status', className: 'source-hint', textContent: hint });
  said.setAttribute('role', 'status');
  const label = make('label', { htmlFor: 'address', textContent: 'Address of a picture or a video' });
  const line = make('div', { className: 'address-line' }, field, submit, cancel);
  const element = make(
    'form',
    { id: 'address-form', className: 'address-form', hidden: true },
    label,
    line,
    said,
  );

  if (!mayAsk(new URL('https://any.invalid/')))
    element.append(
      make(
        'p',
        { className: 'source-hint' },
        'This page asks its own site alone. For others, open ',
        openPageLink(),
        '.',
      ),
    );

  let work: AbortController | null = null;
  const show = (text: string): void => {
    said.textContent = text;
    cancel.hidden = work === null;
    submit.disabled = work !== null;
  };
  const open = async (url: URL): Promise<void> => {
    work?.abort();
    const mine = new AbortController();
    work = mine;
    element.hidden = false;
    field.value = url.href;
    show(`Fetching from ${url.host}`);
    onStart();
    try {
      const got = await fetchAddress(url, {
        signal: mine.signal,
        onBytes: (done, total) =>
          show(
            `Fetching from ${url.host}: ${megabytes(done)}${total === null ? '' : ` of ${megabytes(total)}`}`,
          ),
      });
      if (work !== mine) return;
      work = null;
      show(hint);
      if (got instanceof File) {
        element.hidden = true;
        onFile(got);
      } else onProblem(got);
    } catch {
      // Nothing but its own signal ends it.
      if (work !== mine) return;
      work = null;
      show(hint);
    }
  };
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    const url = addressIn(field.value);
    if (url) return void open(url);
    onProblem({
      title: 'This is no address of the web',
      message: `“${field.value}” does not begin with https:// or http://.`,
      help: ['For a file on this machine, choose it or drop it here.'],
      code: null,
    });
  });
  cancel.addEventListener('click', () => work?.abort());
  listenForLinks((url) => void open(url));

  return {
    element,
    toggle() {
      element.hidden = !element.hidden;
      if (!element.hidden) field.focus();
      return !element.hidden;
    },
    stop: () => work?.abort(),
  };
}
