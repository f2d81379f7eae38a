// A player on the other side of a MessagePort: a worker has no <video>, its page has one. Each player has a port of its own.

import { unlessAborted } from '../../abort.ts';
import { SilenceWatch } from '../silence-watch.ts';
import type { FramePlayer, PlayedFrame, PlayedSpan } from './frame-player.ts';

/** How long the page may say nothing; it tells of a player that is silent before. */
const mostPageSilenceMs = 30_000;

/** Worker -> page: for which moment the frame is wanted, or null for the span; at the end `close`. */
export type ToPlayer = { readonly call: number; readonly momentSec: number | null } | 'close';

/** Page -> worker. The opening is call 0. */
export type FromPlayer =
  | { readonly type: 'open'; readonly call: 0; readonly width: number; readonly height: number }
  | { readonly type: 'frame'; readonly call: number; readonly frame: PlayedFrame }
  | { readonly type: 'span'; readonly call: number; readonly span: PlayedSpan }
  | { readonly type: 'failed'; readonly call: number; readonly message: string };

type Answer<T extends FromPlayer['type']> = Extract<FromPlayer, { readonly type: T }>;

interface Waiter {
  resolve(told: FromPlayer): void;
  reject(cause: unknown): void;
}

/** The player of the page, which answers through `port`. Throws where it does not play the file, and the signal's reason. */
export async function playerBehind(port: MessagePort, signal?: AbortSignal): Promise<FramePlayer> {
  const waiting = new Map<number, Waiter>();
  let calls = 0;
  port.onmessage = ({ data }: MessageEvent<FromPlayer>) => {
    const waiter = waiting.get(data.call);
    if (data.type === 'failed') waiter?.reject(new Error(data.message));
    else if (waiter) waiter.resolve(data);
    else if (data.type === 'frame') data.frame.bitmap.close(); // nobody waits for it any more
  };
  async function answer<T extends FromPlayer['type']>(
    type: T,
    call: number,
    own?: AbortSignal,
  ): Promise<Answer<T>> {
    const told = new Promise<FromPlayer>((resolve, reject) => waiting.set(call, { resolve, reject }));
    try {
      const data = await unlessAborted(new SilenceWatch(mostPageSilenceMs).guard(told), own);
      if (data.type !== type) throw new Error(`the page answered "${data.type}" instead of "${type}"`);
      return data as Answer<T>;
    } finally {
      waiting.delete(call);
    }
  }
  const ask = (momentSec: number | null) => {
    port.postMessage({ call: ++calls, momentSec } satisfies ToPlayer);
    return calls;
  };
  const close = () => {
    port.postMessage('close' satisfies ToPlayer);
    port.close();
    for (const { reject } of waiting.values()) reject(new Error('the player was closed'));
  };
  try {
    const { width, height } = await answer('open', 0, signal);
    return {
      width,
      height,
      frameAt: async (momentSec, own) => (await answer('frame', ask(momentSec), own)).frame,
      span: async (own) => (await answer('span', ask(null), own)).span,
      close,
    };
  } catch (cause) {
    close();
    throw cause;
  }
}
