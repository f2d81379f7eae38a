// The dialog that chooses a model, and what the page says about the one that is loaded.

import type { ModelInfo } from '../src/index.ts';
import { byId, make } from './dom.ts';
import { duration } from './format.ts';
import type { ModelSource } from './session.ts';

export function setUpModelMenu(onChoose: (source: ModelSource) => void): void {
  const dialog = byId('model-dialog', HTMLDialogElement);
  const folder = byId('model-folder', HTMLInputElement);
  const choose = (source: ModelSource): void => {
    dialog.close();
    onChoose(source);
  };
  for (const id of ['model-button', 'model-link'])
    byId(id, HTMLButtonElement).addEventListener('click', () => dialog.showModal());
  byId('model-close', HTMLButtonElement).addEventListener('click', () => dialog.close());
  byId('model-shapes', HTMLButtonElement).addEventListener('click', () => choose('shapes'));
  byId('model-folder-button', HTMLButtonElement).addEventListener('click', () => folder.click());
  folder.addEventListener('change', () => {
    const files = [...(folder.files ?? [])];
    folder.value = '';
    if (files.length > 0) choose(files);
  });
  byId('model-url-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    choose(new URL(byId('model-url', HTMLInputElement).value));
  });
}

function parameters(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)} billion` : `${(count / 1e6).toFixed(1)} million`;
}

/** Names the model, the device it runs on, and anything worth knowing about either. */
export function showModel(info: ModelInfo | null, source: ModelSource): void {
  const builtIn = source === 'shapes' && info !== null;
  byId('model-name', HTMLElement).textContent = info
    ? builtIn
      ? 'shapes (built in)'
      : info.model
    : 'no model';
  byId('model-note', HTMLElement).hidden = !builtIn;
  const device = byId('device', HTMLElement);
  const notices = byId('notices', HTMLElement);
  device.textContent = '';
  notices.hidden = true;
  if (!info) return;
  byId('max-frames', HTMLInputElement).placeholder = String(info.maxFrames);
  byId('max-crops', HTMLInputElement).placeholder = String(info.maxCrops);
  const { adapter } = info;
  const name = adapter.description || [adapter.vendor, adapter.architecture].filter(Boolean).join(' ');
  device.textContent = [
    `${name || 'unnamed graphics adapter'}${adapter.isFallbackAdapter ? ' (software rendering: slow)' : ''}`,
    'WebGPU',
    `${parameters(info.parameters)} weights, loaded in ${duration(info.loadMs)}`,
  ].join(' · ');
  notices.hidden = info.notices.length === 0;
  notices.replaceChildren(...info.notices.map((text) => make('li', { textContent: text })));
}
