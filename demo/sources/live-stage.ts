// A camera or a shared screen on the stage, from its first picture to its last: asked again and again, taken as a still, recorded.

import { clockTime } from '../format.ts';
import { type Capture, closeCapture, nextCamera, openCapture } from './capture.ts';
import { type CaptureKind, captureProblem } from './capture-problem.ts';
import { LiveAsking } from './live-asking.ts';
import { LiveView } from './live-view.ts';
import { firstPicture, hasPicture, longestClipSec, Recording, takeStill } from './recording.ts';
import type { SourceHost } from './source-host.ts';

const names: Record<CaptureKind, string> = { camera: 'The camera is on', screen: 'The screen is shared' };

/** What is open at the moment. */
interface OnAir {
  readonly capture: Capture;
  readonly video: HTMLVideoElement;
  readonly asking: LiveAsking;
  /** Ends everything that listens. */
  readonly over: AbortController;
}

export class LiveStage {
  readonly view = new LiveView();
  readonly #host: SourceHost;
  #onAir: OnAir | null = null;
  #recording: Recording | null = null;
  #clock = 0;
  /** Of two that were asked for one after the other the second is wanted, whichever the browser opens last. */
  #opening = 0;
  /** What was asked last, for as long as the field is empty. */
  #prompt = '';

  constructor(host: SourceHost) {
    this.#host = host;
    const { toggle, still, record, other, close } = this.view;
    toggle.addEventListener('click', () => {
      if (this.#onAir?.asking.isAsking) this.pause();
      else void this.ask();
    });
    still.addEventListener('click', () => void this.#takeStill());
    record.addEventListener('click', () => void this.#record());
    other.addEventListener('click', () => void this.#otherCamera());
    close.addEventListener('click', () => this.#turnOff());
    document.addEventListener('visibilitychange', () => this.#tellState());
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && !document.querySelector('dialog[open]')) this.pause();
    });
  }

  get isOpen(): boolean {
    return this.#onAir !== null;
  }

  async open(kind: CaptureKind, deviceId: string | null = null): Promise<void> {
    const mine = ++this.#opening;
    const capture = await openCapture(kind, deviceId);
    if (!('stream' in capture)) {
      if (mine === this.#opening) this.#host.onProblem(capture);
      return;
    }
    if (mine !== this.#opening) return closeCapture(capture);
    this.#close();
    this.#host.onLive();
    this.#start(capture);
    this.#host.onOpened();
  }

  /** Asks again and again, until somebody pauses. */
  async ask(): Promise<void> {
    const { asking } = this.#onAir ?? {};
    if (!asking || asking.isAsking) return;
    const { view } = this;
    this.#prompt = this.#host.prompt();
    if (this.#prompt === '') return this.#host.askForPrompt();
    if (!this.#host.model()) return view.say('The model is still loading. Press Ask live when it is there.');
    this.#host.hideError();
    view.forgetAnswer();
    const asked = asking.start(() => (this.#prompt = this.#host.prompt() || this.#prompt), this.#host.options());
    this.#tellState();
    await asked;
  } // prettier-ignore

  pause(): void {
    this.#onAir?.asking.pause();
  }

  /** Something else takes the stage, or is about to: a camera that is still being opened is not wanted any more. */
  leave(): void {
    this.#opening++;
    this.#close();
  }

  #start(capture: Capture): void {
    const video = this.view.open(capture);
    const over = new AbortController();
    const { signal } = over;
    const asking: LiveAsking = new LiveAsking(this.#host.model, video, {
      onAnswer: (said) => this.#onAir?.asking === asking && this.view.show(said),
      onEnd: (error) => this.#onAir?.asking === asking && this.#ended(error),
    });
    this.#onAir = { capture, video, asking, over };
    for (const track of capture.stream.getVideoTracks()) {
      track.addEventListener('ended', () => this.#lost(capture), { signal });
      for (const type of ['mute', 'unmute']) track.addEventListener(type, () => this.#tellState(), { signal });
    }
    // A browser may refuse to play; then it shows its first picture.
    video.play().catch(() => {});
    this.view.other.hidden = true;
    if (capture.kind === 'camera')
      void nextCamera(capture).then((next) => {
        this.view.other.hidden = next === null;
      });
    this.#tellState();
  } // prettier-ignore

  /** Says what is going on, and shows the one button that fits it. */
  #tellState(): void {
    if (!this.#onAir) return;
    const { asking, capture } = this.#onAir;
    this.view.setState(asking.isAsking ? 'asking' : 'watching');
    const isMute = capture.stream.getVideoTracks().some(({ muted }) => muted);
    if (isMute) this.view.say('No picture comes at the moment: its shutter may be closed, or the system holds it back.');
    else if (!asking.isAsking) this.view.say(`${names[capture.kind]}. Its picture stays on this machine.`);
    else if (document.hidden) this.view.say('Nothing is asked while this page is hidden.');
    else this.view.say('The newest picture is asked about, again and again.');
  } // prettier-ignore

  #ended(error: unknown): void {
    this.#tellState();
    if (error === null) return;
    this.#host.onError(error);
    this.view.say('Asking has stopped. Press Ask live to go on.');
  }

  /** The browser, the system or a cable ended it. */
  #lost({ kind }: Capture): void {
    this.#turnOff();
    this.#host.onProblem(captureProblem(kind, 'ended'));
  }

  #turnOff(): void {
    this.#close();
    this.#host.onLeft();
  }

  #close(): void {
    const onAir = this.#onAir;
    if (!onAir) return;
    this.#onAir = null;
    onAir.over.abort();
    onAir.asking.pause();
    this.#dropRecording();
    closeCapture(onAir.capture);
    this.view.hide();
  }

  async #otherCamera(): Promise<void> {
    if (!this.#onAir) return;
    const { capture } = this.#onAir;
    const next = await nextCamera(capture);
    if (next === null) return;
    // Phones open one camera at a time.
    closeCapture(capture);
    await this.open('camera', next);
  }

  async #takeStill(): Promise<void> {
    if (!this.#onAir) return;
    const { video, capture, over } = this.#onAir;
    if (!hasPicture(video)) this.view.say('The still is taken as soon as there is a picture.');
    if (!(await firstPicture(video, over.signal))) return;
    this.#tellState();
    try {
      this.#host.onFiles([await takeStill(video, capture.kind)]);
    } catch (error) {
      this.#host.onError(error);
    }
  }

  async #record(): Promise<void> {
    const { capture } = this.#onAir ?? {};
    if (!capture) return;
    if (this.#recording) return this.#endRecording(this.#recording);
    try {
      this.#recording = new Recording(capture.stream, capture.kind);
    } catch (error) {
      return this.#host.onError(error);
    }
    this.#clock = window.setInterval(() => this.#tellRecording(), 200);
    this.#tellRecording();
  }

  #tellRecording(): void {
    const recording = this.#recording;
    if (!recording) return;
    const sec = (performance.now() - recording.startMs) / 1000;
    this.view.record.textContent = `Stop ${clockTime(sec)}`;
    if (sec >= longestClipSec) void this.#endRecording(recording);
  }

  async #endRecording(recording: Recording): Promise<void> {
    this.#dropRecording();
    try {
      const file = await recording.stop();
      if (file) this.#host.onFiles([file]);
      else this.view.say('Nothing was recorded: no picture came meanwhile.');
    } catch (error) {
      this.#host.onError(error);
    }
  }

  #dropRecording(): void {
    clearInterval(this.#clock);
    this.#recording = null;
    this.view.record.textContent = 'Record';
  }
}
