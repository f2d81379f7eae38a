// All the ways to bring media in: the file dialog, drop, paste and the samples. A dropped folder may be a model.

import { byId, make } from '../dom.ts';
import { setUpFileDrop } from './file-drop.ts';
import { fetchSample, type Sample, samples, thumbnailUrls } from './samples.ts';

export interface PickerEvents {
  onFiles(files: readonly File[]): void;
  onSample(files: readonly File[], sample: Sample): void;
  /** A dropped folder that holds a config.json. */
  onModelFolder(files: readonly File[]): void;
  onError(error: unknown): void;
}

function setUpDrop({ onFiles, onModelFolder, onError }: PickerEvents): void {
  setUpFileDrop(
    'one',
    ({ files: dropped, fromFolder }) => {
      const files = dropped.map(({ file }) => file);
      if (fromFolder && files.some((file) => file.name === 'config.json')) onModelFolder(files);
      else onFiles(files);
    },
    onError,
  );
}

function setUpPaste({ onFiles }: PickerEvents): void {
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Office programs add a picture of the text that they copy: in a field the text is meant.
    const isField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    const hasText = event.clipboardData?.types.includes('text/plain') ?? false;
    if (files.length === 0 || (isField && hasText)) return;
    event.preventDefault();
    onFiles(files);
  });
}

let lastSample = 0; // of two samples clicked one after the other the second is wanted, whichever arrives last

function sampleButton(sample: Sample, { onSample, onError }: PickerEvents): HTMLLIElement {
  const pictures = thumbnailUrls(sample).map((src) => make('img', { src, alt: '', loading: 'lazy' }));
  const button = make('button', { type: 'button', title: sample.alt }, make('span', {}, ...pictures));
  if (sample.files.some((file) => file.endsWith('.mp4')))
    button.append(make('span', { className: 'clip-badge', textContent: 'video' }));
  else if (sample.files.length > 1)
    button.append(make('span', { className: 'clip-badge', textContent: `${sample.files.length} pictures` }));
  button.dataset['sample'] = sample.name;
  button.setAttribute('aria-label', sample.alt);
  button.setAttribute('aria-pressed', 'false');
  button.addEventListener('click', () => {
    const mine = ++lastSample;
    fetchSample(sample).then((files) => {
      if (mine === lastSample) onSample(files, sample);
    }, onError);
  });
  return make('li', {}, button);
}

/** Marks the sample that is on the stage. */
export function markSample(chosen: Sample | null): void {
  for (const button of document.querySelectorAll<HTMLElement>('[data-sample]'))
    button.setAttribute('aria-pressed', String(button.dataset['sample'] === chosen?.name));
}

/** Connects the page's inputs; later choices arrive at `events`. */
export function setUpMediaPicker(events: PickerEvents): void {
  const input = byId('file', HTMLInputElement);
  for (const id of ['choose', 'choose-again'])
    byId(id, HTMLButtonElement).addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    // The same file can be chosen again.
    input.value = '';
    if (files.length > 0) events.onFiles(files);
  });
  byId('samples', HTMLElement).replaceChildren(...samples.map((sample) => sampleButton(sample, events)));
  setUpDrop(events);
  setUpPaste(events);
}
