// What this browser and its GPU can do, as text to paste into an issue.

import { checkSupport, supportText, type ModelInfo } from '../../src/index.ts';
import { byId } from '../dom.ts';

/** What is loaded tells more of the device than the adapter does. */
function loadedText(info: ModelInfo | null): string {
  if (!info) return 'loaded: nothing\n';
  const tuned = Object.entries(info.tuned).map(([work, kernel]) => `tuned: ${work}: ${kernel}\n`);
  const notices = info.notices.map((notice) => `notice: ${notice}\n`);
  return [`loaded: ${info.model} in ${Math.round(info.loadMs)} ms\n`, ...tuned, ...notices].join('');
}

/** The report is made when it is opened, and copied with a button. */
export function setUpDeviceReport(loaded: () => ModelInfo | null): void {
  const box = byId('report-box', HTMLDetailsElement);
  const text = byId('report', HTMLPreElement);
  const copy = byId('report-copy', HTMLButtonElement);
  box.addEventListener('toggle', () => {
    if (!box.open) return;
    copy.textContent = 'Copy report';
    void checkSupport().then((support) => {
      text.textContent = supportText(support) + loadedText(loaded());
    });
  });
  copy.addEventListener('click', () => {
    // Missing in pages that are no secure context, whatever the types say; a browser may refuse.
    const { clipboard } = navigator as Partial<Navigator>;
    const copied = clipboard
      ? clipboard.writeText(text.textContent)
      : Promise.reject(new Error('no clipboard'));
    copied.then(
      () => {
        copy.textContent = 'Copied';
      },
      () => {
        getSelection()?.selectAllChildren(text);
        copy.textContent = 'Copy what is marked';
      },
    );
  });
}
