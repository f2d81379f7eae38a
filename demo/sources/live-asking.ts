// Asks again and again about what a video shows, until it is told to pause, and tells how fast.

import type { Answer, AskOptions, MediaInfo } from '../../src/index.ts';
import { live, type LiveFrame, type LiveModel } from '../../src/live/live.ts';

export interface LiveAnswer {
  readonly answer: Answer;
  readonly media: MediaInfo | null;
  readonly frame: LiveFrame;
  /** null until there are two. */
  readonly perSec: number | null;
}

export interface LiveAskingEvents {
  onAnswer(answer: LiveAnswer): void;
  /** Asking ended: paused, because the video ended, or by an error. */
  onEnd(error: unknown): void;
}

/** Answers that the rate is taken over: enough to be steady, few enough to notice a change. */
const answersForRate = 8;

/** Answers a second over the last few. */
export class Rate {
  #times: number[] = [];

  add(nowMs: number): number | null {
    this.#times = [...this.#times, nowMs].slice(-answersForRate);
    const [first = nowMs] = this.#times;
    return nowMs > first ? ((this.#times.length - 1) * 1000) / (nowMs - first) : null;
  }
}

/** At most one question is under way. */
export class LiveAsking {
  readonly #model: () => LiveModel | null;
  readonly #video: HTMLVideoElement;
  readonly #events: LiveAskingEvents;
  #work: AbortController | null = null;

  /** `model` gives the one that answers now: another may take its place while a question is under way. */
  constructor(model: () => LiveModel | null, video: HTMLVideoElement, events: LiveAskingEvents) {
    this.#model = model;
    this.#video = video;
    this.#events = events;
  }

  get isAsking(): boolean {
    return this.#work !== null;
  }

  /** `prompt` is called for each frame, so that the question may change meanwhile. */
  async start(prompt: () => string, options: AskOptions): Promise<void> {
    if (this.#work) return;
    const work = new AbortController();
    this.#work = work;
    let failed: unknown = null;
    for (let model = this.#model(); model && !work.signal.aborted;) {
      try {
        await this.#run(model, prompt, { ...options, signal: work.signal });
        break;
      } catch (error) {
        const next = this.#model();
        // A question to a model that had to go is asked of the one that came.
        if (next === model || next === null) {
          if (!work.signal.aborted) failed = error;
          break;
        }
        model = next;
      }
    }
    this.#work = null;
    this.#events.onEnd(failed);
  }

  pause(): void {
    this.#work?.abort();
  }

  async #run(model: LiveModel, prompt: () => string, options: AskOptions): Promise<void> {
    const rate = new Rate();
    let media: MediaInfo | null = null;
    for await (const event of live(model, this.#video, { prompt }, options)) {
      if (event.type === 'media') media = event.media;
      if (event.type !== 'done') continue;
      const { answer, frame } = event;
      this.#events.onAnswer({ answer, media, frame, perSec: rate.add(performance.now()) });
    }
  }
}
