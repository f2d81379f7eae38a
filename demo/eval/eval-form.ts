// The page's form: which questions, which model, which formats.

import { cachedModels } from '../../src/index.ts';
import type { RunSettings } from '../../eval/run/run-record.ts';
import { byId } from '../dom.ts';
import { megabytes, plural } from '../format.ts';
import type { ChosenFile } from './chosen-questions.ts';
import type { EvalRequest, RequestedQuestions } from './request.ts';

const form = byId('form', HTMLFormElement);
const model = byId('model', HTMLSelectElement);
const url = byId('url', HTMLInputElement);
const weights = byId('weights', HTMLSelectElement);
const kv = byId('kv', HTMLSelectElement);
const number = (id: string) => byId(id, HTMLInputElement);

const weightFormats = ['f32', 'f16', 'q8', 'q4'] as const;
const kvFormats = ['f32', 'f16', 'int8'] as const;

let files: readonly ChosenFile[] = [];

function isFiles(): boolean {
  return new FormData(form).get('source') === 'files';
}

function showParts(): void {
  byId('scenes-box', HTMLElement).hidden = isFiles();
  byId('files-box', HTMLElement).hidden = !isFiles();
  // What is not shown must not hold up the form.
  for (const id of ['scenes', 'seed', 'each']) number(id).disabled = isFiles();
  const isElsewhere = model.value === '';
  for (const id of ['url-box', 'url-hint']) byId(id, HTMLElement).hidden = !isElsewhere;
  url.required = isElsewhere;
}

/** Takes chosen or dropped files as the questions. */
export function setFiles(chosen: readonly ChosenFile[]): void {
  if (chosen.length === 0) return;
  files = chosen;
  const source = form.querySelector<HTMLInputElement>('input[name="source"][value="files"]');
  if (source) source.checked = true;
  showParts();
  const size = chosen.reduce((bytes, { file }) => bytes + file.size, 0);
  byId('files-status', HTMLElement).textContent =
    `${plural(chosen.length, 'file')} (${megabytes(size)}): ${names(chosen)}`;
}

function names(chosen: readonly ChosenFile[]): string {
  const shown = chosen.slice(0, 4).map(({ path }) => path);
  return `${shown.join(', ')}${chosen.length > shown.length ? ' …' : ''}`;
}

function chosenQuestions(): RequestedQuestions {
  if (isFiles()) return { kind: 'files', files };
  return {
    kind: 'scenes',
    scenes: number('scenes').valueAsNumber,
    seed: number('seed').valueAsNumber,
    questions: number('each').valueAsNumber,
  };
}

function chosenSettings(): RunSettings {
  const format = weightFormats.find((name) => name === weights.value);
  const cache = kvFormats.find((name) => name === kv.value);
  return {
    model: model.value || url.value.trim(),
    ...(format && { weights: format }),
    ...(cache && { kv: cache }),
  };
}

/** What is chosen. */
export function chosenRequest(): EvalRequest {
  return { questions: chosenQuestions(), settings: chosenSettings() };
}

/** Shows what a run was asked for, as if it had been chosen. */
export function showRequest({ questions, settings }: EvalRequest): void {
  if (questions.kind === 'files') setFiles(questions.files);
  else {
    number('scenes').value = String(questions.scenes);
    number('seed').value = String(questions.seed);
    number('each').value = String(questions.questions);
  }
  const isKnown = [...model.options].some(({ value }) => value === settings.model);
  model.value = isKnown ? settings.model : '';
  if (!isKnown) url.value = settings.model;
  weights.value = settings.weights ?? '';
  kv.value = settings.kv ?? '';
  showParts();
}

async function showKept(): Promise<void> {
  const kept = await cachedModels().catch(() => []);
  const line = byId('kept', HTMLElement);
  line.hidden = kept.length === 0;
  const list = kept.map(({ name, byteLength, complete }) => {
    return `${name} (${megabytes(byteLength)}${complete ? '' : ', not complete'})`;
  });
  line.textContent = `Kept by this browser, so that nothing is downloaded again: ${list.join(', ')}.`;
}

/** Connects the form's parts; `onRun` is told when it is sent. */
export function setUpEvalForm(onRun: () => void): void {
  for (const [button, field] of [
    ['choose', 'files'],
    ['choose-folder', 'folder'],
  ] as const) {
    const input = number(field);
    byId(button, HTMLButtonElement).addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
      setFiles(
        Array.from(input.files ?? [], (file) => ({ file, path: file.webkitRelativePath || file.name })),
      );
      input.value = ''; // the same files can be chosen again
    });
  }
  form.addEventListener('change', showParts);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    onRun();
  });
  showParts();
  void showKept();
}
