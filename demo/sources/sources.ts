// Where pictures come from besides files: a camera, a shared screen, an address of the web. Wires their buttons to the page.

import { byId, make } from '../dom.ts';
import { addressForm } from './address-form.ts';
import { canRecord } from './recording.ts';
import type { CaptureKind } from './capture-problem.ts';
import { LiveStage } from './live-stage.ts';
import type { SourceHost } from './source-host.ts';

export interface Sources {
  /** Whether a live picture is on the stage. */
  readonly isLive: boolean;
  /** Asks the live picture; false where there is none, and the question is the page's own. */
  ask(): boolean;
  /** Something else takes the stage. */
  leave(): void;
}

function sourceButton(id: string, textContent: string, hint: string): HTMLButtonElement {
  return make('button', { type: 'button', id, className: 'button source', textContent, title: hint });
}

/** Fills the page's element `sources`. */
export function setUpSources(host: SourceHost): Sources {
  const live = new LiveStage(host);
  const address = addressForm({
    onStart: () => host.hideError(),
    onFile: (file) => host.onFiles([file]),
    onProblem: (problem) => host.onProblem(problem),
  });
  const camera = sourceButton('source-camera', 'Camera', 'Shows a camera, to ask about what it sees');
  const screen = sourceButton('source-screen', 'Screen', 'Shares a screen, a window or a tab');
  const link = sourceButton('source-address', 'Address', 'Opens a picture or a video of the web');
  link.setAttribute('aria-expanded', 'false');
  link.setAttribute('aria-controls', 'address-form');
  const open = (kind: CaptureKind) => (): void => {
    host.hideError();
    address.stop();
    void live.open(kind);
  };
  camera.addEventListener('click', open('camera'));
  screen.addEventListener('click', open('screen'));
  link.addEventListener('click', () => link.setAttribute('aria-expanded', String(address.toggle())));
  live.view.record.hidden = !canRecord();
  const row = make('div', { className: 'source-row' }, camera, screen, link);
  row.setAttribute('role', 'group');
  row.setAttribute('aria-label', 'Other sources');
  byId('sources', HTMLElement).replaceChildren(live.view.bar, row, address.element);
  return {
    get isLive() {
      return live.isOpen;
    },
    ask() {
      if (!live.isOpen) return false;
      void live.ask();
      return true;
    },
    leave() {
      address.stop();
      live.leave();
    },
  };
}
