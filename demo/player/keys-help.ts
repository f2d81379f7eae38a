// What the keys of the player and the marks do, under "?".

import { make } from '../dom.ts';

const keys: readonly (readonly [keys: string, does: string])[] = [
  ['Space', 'play or pause'],
  ['← →', 'from mark to mark on the time line'],
  [', .', 'one frame back, one frame on'],
  ['Page Up, Page Down', 'a second on, a second back'],
  ['Home, End', 'to the start, to the end'],
  ['+ − 0', 'zoom the time line in, out, all of it'],
  ['I O X', 'start and end of the part to ask about here; the whole video'],
  ['Shift + drag', 'choose a part on the time line'],
  ['Ctrl + wheel', 'zoom the time line under the pointer'],
  ['F', 'full screen'],
  ['?', 'these keys'],
];

let dialog: HTMLDialogElement | null = null;

function made(): HTMLDialogElement {
  const rows = keys.flatMap(([key, does]) => [
    make('dt', {}, make('kbd', { textContent: key })),
    make('dd', { textContent: does }),
  ]);
  const close = make('button', { type: 'button', className: 'button', textContent: 'Close' });
  const box = make('dialog', { className: 'keys' });
  const title = make('h2', { id: 'keys-title', textContent: 'Keys' });
  box.setAttribute('aria-labelledby', title.id);
  box.append(title, make('dl', {}, ...rows), close);
  close.addEventListener('click', () => box.close());
  return box;
}

export function openKeysHelp(): void {
  dialog ??= made();
  // In full screen only what is inside it is seen.
  (document.fullscreenElement ?? document.body).append(dialog);
  if (!dialog.open) dialog.showModal();
}
