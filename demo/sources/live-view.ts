// The live picture on the stage with its dots, and the bar below it: what was answered, how old that is, and what can be done.

import { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import { answerParts } from '../answer/answer-parts.ts';
import { byId, make } from '../dom.ts';
import { duration } from '../format.ts';
import type { Capture } from './capture.ts';
import type { LiveAnswer } from './live-asking.ts';

/** `asking` while questions are under way. */
export type LiveState = 'watching' | 'asking';

const ageEveryMs = 100;

/** An answer as it is read: tags become the names that they mark. */
export function spoken(text: string): string {
  const words = answerParts(text).map((part) => (part.type === 'text' ? part.text : part.label || 'here'));
  return words.join('').trim();
}

/** `0.8 s old`, with tenths that a reader can follow. */
export function ageText(ageMs: number, perSec: number | null): string {
  const age = `The dots are ${duration(Math.round(ageMs / 100) * 100)} old.`;
  if (perSec === null) return age;
  return perSec >= 1
    ? `${age} ${perSec.toFixed(1)} answers a second.`
    : `${age} An answer every ${(1 / perSec).toFixed(1)} s.`;
}

function button(id: string, textContent: string, title: string, className = 'button'): HTMLButtonElement {
  return make('button', { type: 'button', id, className, textContent, title });
}

export class LiveView {
  readonly bar = make('section', { id: 'live-bar', className: 'live-bar', hidden: true });
  readonly toggle = button('live-toggle', 'Ask live', 'Asks again and again', 'button primary');
  readonly still = button('live-still', 'Still', 'Takes the picture of this moment, to ask about it');
  readonly record = button('live-record', 'Record', 'Records a clip, to ask about it');
  readonly other = button('live-other', 'Other camera', 'Changes to the next camera');
  readonly close = button('live-close', 'Turn off', 'Ends the live picture');
  readonly #answer = make('p', { id: 'live-answer', className: 'live-answer' });
  readonly #age = make('p', { id: 'live-age', className: 'live-age' });
  readonly #status = make('p', { id: 'live-status', className: 'source-hint' });
  #overlay: MolmoOverlay | null = null;
  #last: LiveAnswer | null = null;
  #timer = 0;

  constructor() {
    this.bar.setAttribute('aria-label', 'Live picture');
    this.#status.setAttribute('role', 'status');
    const tools = [this.toggle, this.still, this.record, this.other, this.close];
    this.bar.append(
      make('div', { className: 'live-said' }, this.#answer, this.#age),
      make('div', { className: 'live-tools' }, ...tools),
      this.#status,
    );
  }

  /** Puts the stream on the stage in place of what was there, and gives the element that plays it. */
  open({ stream, kind, name }: Capture): HTMLVideoElement {
    const video = make('video', { muted: true, playsInline: true, autoplay: true, srcObject: stream });
    video.setAttribute('aria-label', `Live picture: ${name || kind}`);
    const overlay = new MolmoOverlay();
    overlay.append(video);
    // The overlay's box gets the picture's own shape; phones change it when they are turned.
    for (const type of ['loadedmetadata', 'resize'])
      video.addEventListener(type, () => {
        if (video.videoWidth === 0) return;
        overlay.style.setProperty('--ratio', String(video.videoWidth / video.videoHeight));
        overlay.dataset['fits'] = '';
      });
    byId('media', HTMLElement).replaceChildren(make('figure', { className: 'picture' }, overlay));
    byId('stage', HTMLElement).dataset['kind'] = 'live';
    this.#overlay = overlay;
    this.#last = null;
    this.#answer.textContent = '';
    this.#age.textContent = '';
    this.bar.dataset['kind'] = kind;
    this.bar.hidden = false;
    return video;
  }

  /** Takes the bar away; what is on the stage is somebody else's. */
  hide(): void {
    clearInterval(this.#timer);
    const video = this.#overlay?.querySelector('video');
    // A stream that is kept keeps its frames.
    if (video) video.srcObject = null;
    this.#overlay = null;
    this.#last = null;
    this.bar.hidden = true;
  }

  setState(state: LiveState): void {
    this.bar.dataset['state'] = state;
    this.toggle.textContent = state === 'asking' ? 'Pause' : 'Ask live';
  }

  /** Screen readers read it: it changes with what happens and not with every answer. */
  say(text: string): void {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  show(said: LiveAnswer): void {
    const overlay = this.#overlay;
    if (!overlay) return;
    if (!this.#last) this.#timer = window.setInterval(() => this.#showAge(), ageEveryMs);
    this.#last = said;
    overlay.media = said.media;
    overlay.answer = said.answer;
    this.#answer.textContent = spoken(said.answer.text);
    this.#answer.dataset['frame'] = String(said.frame.number);
    this.#answer.dataset['taken'] = String(said.frame.takenMs);
    this.#showAge();
  }

  /** Dots of a question that is no longer asked would tell of nothing that is seen. */
  forgetAnswer(): void {
    clearInterval(this.#timer);
    this.#last = null;
    this.#overlay?.clear();
    this.#answer.textContent = '';
    this.#age.textContent = '';
  }

  #showAge(): void {
    if (this.#last)
      this.#age.textContent = ageText(performance.now() - this.#last.frame.takenMs, this.#last.perSec);
  }
}
