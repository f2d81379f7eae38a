// The page's side of a player for its worker. A file of its own, which a page loads when a video needs it.

import type { FromPlayer, ToPlayer } from './player-port.ts';
import { openVideoElement } from './video-element.ts';

/** Plays `file` for whoever holds the other end of `port`, until told to stop or `signal` fires. */
export function servePlayer(file: Blob, port: MessagePort, signal: AbortSignal): void {
  const closing = new AbortController();
  const until = AbortSignal.any([closing.signal, signal]);
  const opening = openVideoElement(file, until);
  const tell = (told: FromPlayer, transfer: Transferable[] = []) => port.postMessage(told, transfer);
  const failed = (call: number, cause: unknown) =>
    tell({ type: 'failed', call, message: cause instanceof Error ? cause.message : String(cause) });

  async function answer(call: number, momentSec: number | null): Promise<void> {
    try {
      const player = await opening;
      if (momentSec === null) return tell({ type: 'span', call, span: await player.span(until) });
      const frame = await player.frameAt(momentSec, until);
      tell({ type: 'frame', call, frame }, [frame.bitmap]);
    } catch (cause) {
      failed(call, cause);
    }
  }
  port.onmessage = ({ data }: MessageEvent<ToPlayer>) => {
    if (data === 'close') closing.abort(new Error('the player was closed'));
    else void answer(data.call, data.momentSec);
  };
  until.addEventListener('abort', () => {
    port.close();
    opening.then(
      (player) => player.close(),
      () => {},
    );
  });
  opening.then(
    ({ width, height }) => tell({ type: 'open', call: 0, width, height }),
    (cause: unknown) => failed(0, cause),
  );
}
