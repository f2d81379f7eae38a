// Follows the picture that an overlay lies over: which one it is, where it lies, and the frames that it shows.

import { findTarget } from './find-target.ts';
import { FrameClock } from './frame-clock.ts';
import type { Target } from './target-box.ts';
import { watchTarget } from './watch-target.ts';

export interface FollowingEvents {
  /** Another picture, or none, until `signal` aborts; a video has a clock. */
  onTarget(target: Target | null, clock: FrameClock | null, signal: AbortSignal): void;
  /** It may lie elsewhere, or have another size. */
  onMoved(): void;
  /** A video has shown another frame. */
  onFrame(): void;
}

export class Following {
  readonly #host: HTMLElement;
  readonly #events: FollowingEvents;
  #chosen: Target | null = null;
  #target: Target | null = null;
  #connection: AbortController | null = null;

  constructor(host: HTMLElement, events: FollowingEvents) {
    this.#host = host;
    this.#events = events;
  }

  /** What is followed. */
  get target(): Target | null {
    return this.#target;
  }

  /** Follows this one; null for the one that the page names. */
  choose(target: Target | null): void {
    this.#chosen = target;
    this.start();
  }

  /** Starts to follow the current target, and lets go of the one before. */
  start(): void {
    const host = this.#host;
    if (!host.isConnected) return;
    const target = this.#chosen ?? findTarget(host);
    host.toggleAttribute('floating', target !== null && !host.contains(target));
    if (target === this.#target && this.#connection) return this.#events.onMoved();
    this.#connection?.abort();
    this.#connection = new AbortController();
    this.#target = target;
    const { signal } = this.#connection;
    if (target) watchTarget(host, target, () => this.#events.onMoved(), signal);
    const isVideo = target instanceof HTMLVideoElement;
    const clock = isVideo ? new FrameClock(target, () => this.#events.onFrame(), signal) : null;
    this.#events.onTarget(target, clock, signal);
  }

  stop(): void {
    this.#connection?.abort();
    this.#connection = null;
    this.#target = null;
  }
}
