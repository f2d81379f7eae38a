// The dialog that chooses a model: built in, released, from a folder or an address, and those that are kept.

import { byId } from '../dom.ts';
import { setUpKeptModels } from './kept-models.ts';
import type { Situation } from './plan-text.ts';
import { setUpReleasedForm } from './released-form.ts';
import { builtIn, type ModelChoice } from '../session.ts';
import { chosenFormat } from './weight-format.ts';

export function setUpModelMenu(onChoose: (choice: ModelChoice) => void, situation: () => Situation): void {
  const dialog = byId('model-dialog', HTMLDialogElement);
  const folder = byId('model-folder', HTMLInputElement);
  const choose = (choice: ModelChoice): void => {
    dialog.close();
    onChoose(choice);
  };
  const kept = setUpKeptModels(choose);
  const released = setUpReleasedForm(choose, situation);
  for (const id of ['model-button', 'model-link'])
    byId(id, HTMLButtonElement).addEventListener('click', () => {
      dialog.showModal();
      void kept.refresh();
    });
  dialog.addEventListener('close', () => released.stop());
  byId('model-close', HTMLButtonElement).addEventListener('click', () => dialog.close());
  byId('model-shapes', HTMLButtonElement).addEventListener('click', () => choose(builtIn));
  byId('model-folder-button', HTMLButtonElement).addEventListener('click', () => folder.click());
  folder.addEventListener('change', () => {
    const files = [...(folder.files ?? [])];
    folder.value = '';
    if (files.length > 0) choose({ model: files, weights: chosenFormat('folder-format') });
  });
  byId('model-url-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const url = new URL(byId('model-url', HTMLInputElement).value);
    choose({ model: url, weights: chosenFormat('url-format') });
  });
}
