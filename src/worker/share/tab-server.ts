// The serving worker's side of a room: a session for each tab, which ends with the tab.

import type { ModelInfo, Progress } from '../../api.ts';
import { Session, type Served } from '../session.ts';
import { tabName, type RoomMessage, type TabMessage, type Welcome } from './room.ts';

interface Guest {
  readonly post: (message: Welcome) => void;
}

export class TabServer {
  readonly #served: Served;
  readonly #room: string;
  readonly #server: string;
  readonly #lobby: BroadcastChannel;
  readonly #guests = new Map<string, Guest>();
  #info: ModelInfo | null = null;

  /** Serves the room under a name of its own, though nobody before `open`. */
  constructor(served: Served, { room, server }: { readonly room: string; readonly server: string }) {
    this.#served = served;
    this.#room = room;
    this.#server = server;
    this.#lobby = new BroadcastChannel(room);
    this.#lobby.onmessage = ({ data }: MessageEvent<RoomMessage>) => {
      if (data.type === 'hello') this.#admit(data.tab);
    };
    this.#say({ type: 'serving', server });
  }

  /** The model is on its way. */
  tell(progress: Progress): void {
    this.#say({ type: 'progress', server: this.#server, progress });
  }

  /** The model is loaded: all who came and who will come are answered. */
  open(info: ModelInfo): void {
    this.#info = info;
    for (const { post } of this.#guests.values()) post({ type: 'welcome', info });
  }

  #admit(tab: string): void {
    const guest = this.#guests.get(tab) ?? this.#guest(tab);
    guest.post(this.#info ? { type: 'welcome', info: this.#info } : { type: 'wait' });
  }

  #guest(tab: string): Guest {
    const from = this.#server;
    const name = tabName(this.#room, tab);
    const channel = new BroadcastChannel(name);
    const post = (message: Extract<TabMessage, { readonly from: string }>['message']) =>
      channel.postMessage({ from, message } satisfies TabMessage);
    const session = new Session(this.#served, { post, keeps: true });
    const gone = new AbortController();
    const leave = () => {
      gone.abort();
      this.#guests.delete(tab);
      session.close();
      channel.close();
    };
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (!('to' in data) || data.to !== from) return;
      if (data.message.type === 'bye') leave();
      else session.hear(data.message);
    };
    // A tab that is closed or crashes says nothing, but the lock that it holds becomes free.
    navigator.locks.request(name, { signal: gone.signal }, leave).catch(() => {});
    const guest = { post };
    this.#guests.set(tab, guest);
    return guest;
  }

  #say(message: RoomMessage): void {
    this.#lobby.postMessage(message);
  }
}
