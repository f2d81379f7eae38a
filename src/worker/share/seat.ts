// A tab's seat in a room, from joining to leaving: its channels, the lock that says that it is there, and its place in the
// line of those who would serve.

import type { FromWorker } from '../protocol.ts';
import { serverLock, tabName, type RoomMessage, type TabMessage, type Welcome } from './room.ts';

export interface SeatListener {
  /** What is said in the room. */
  readonly hearRoom: (message: RoomMessage) => void;
  /** What a serving worker says to this tab. */
  readonly hearServer: (server: string, message: FromWorker | Welcome) => void;
  /** It is this tab's turn to serve, until the signal is aborted. */
  readonly serve: (over: AbortSignal) => Promise<void>;
}

export class Seat {
  readonly #room: string;
  readonly #tab = crypto.randomUUID();
  readonly #lobby: BroadcastChannel;
  readonly #channel: BroadcastChannel;
  readonly #serve: SeatListener['serve'];
  readonly #left = new AbortController();
  /** Ends the wait for the room's lock, or the serving. */
  #inLine = new AbortController();

  constructor(room: string, { hearRoom, hearServer, serve }: SeatListener) {
    const name = tabName(room, this.#tab);
    this.#room = room;
    this.#serve = serve;
    this.#lobby = new BroadcastChannel(room);
    this.#lobby.onmessage = ({ data }: MessageEvent<RoomMessage>) => hearRoom(data);
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if ('from' in data) hearServer(data.from, data.message);
    };
    const { signal } = this.#left;
    const present = () => {
      this.hello();
      this.#waitForLock();
      return untilAborted(signal);
    };
    navigator.locks.request(name, { signal }, present).catch(ignore);
  }

  /** Asks to be served, or for a sign of life. */
  hello(): void {
    if (!this.#left.signal.aborted)
      this.#lobby.postMessage({ type: 'hello', tab: this.#tab } satisfies RoomMessage);
  }

  post(to: string, message: Extract<TabMessage, { readonly to: string }>['message']): void {
    this.#channel.postMessage({ to, message } satisfies TabMessage);
  }

  /** Serves at once: whoever has the lock is dead to the world. */
  takeOver(): void {
    this.#waitForLock(true);
  }

  leave(): void {
    this.#left.abort();
    this.#inLine.abort();
    this.#lobby.close();
    this.#channel.close();
  }

  /** Serves when all who came before are gone. */
  #waitForLock(steal = false): void {
    if (this.#left.signal.aborted) return; // its own lock came too late
    this.#inLine.abort();
    const mine = new AbortController();
    this.#inLine = mine;
    const lock = serverLock(this.#room);
    const serve = () => this.#serve(mine.signal);
    const held = steal
      ? navigator.locks.request(lock, { steal }, serve)
      : navigator.locks.request(lock, { signal: mine.signal }, serve);
    held.catch(() => {
      // Given up by this tab; or taken from it while it slept: it is one of the others now.
      if (!this.#left.signal.aborted && this.#inLine === mine) this.#waitForLock();
    });
  }
}

/** Fulfils when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A wait for a lock that was given up. */
const ignore = (): void => {};
