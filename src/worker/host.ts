// The worker's side: one engine, told what to do by messages. This file is the entry of the worker.

import { Engine } from '../engine/engine.ts';
import { Molmo2Error } from '../errors.ts';
import { LoadPause } from '../load-pause.ts';
import { playElsewhere } from '../media/player/open-player.ts';
import { playerBehind } from '../media/player/player-port.ts';
import { portableError, type FromWorker, type ToWorker } from './protocol.ts';
import { Session, type Served } from './session.ts';
import { TabServer } from './share/tab-server.ts';
import { Turns } from './turns.ts';

const scope: {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
} = globalThis as never;

const served: Served = { engine: null, turns: new Turns(), conversations: 0, failed };
const own = new Session(served, { post: (message) => scope.postMessage(message), keeps: false });
let tabs: TabServer | null = null;
/** Of the one model that a worker loads. */
const pausing = new LoadPause();

async function load(
  { call, source, settings }: Extract<ToWorker, { type: 'load' }>,
  signal: AbortSignal,
): Promise<FromWorker> {
  const engine = await Engine.load(source, {
    ...settings,
    signal,
    pausing,
    onProgress: (progress) => {
      scope.postMessage({ type: 'progress', call, progress });
      tabs?.tell(progress);
    },
  });
  served.engine = engine;
  tabs?.open(engine.info);
  return { type: 'loaded', call, info: engine.info };
}

/** An engine without a GPU answers nobody; where tabs wait for it, another tab has a try. */
function failed(error: unknown): void {
  if (tabs && error instanceof Molmo2Error && error.code === 'device-lost')
    scope.postMessage({ type: 'given-up', error: portableError(error) });
}

function pause(paused: boolean): void {
  if (paused) pausing.pause();
  else pausing.resume();
}

/** Takes a lock for as long as this worker lives. */
function keepLock(lock: string): void {
  const forever = () => {
    scope.postMessage({ type: 'watched', lock });
    return new Promise<never>(() => {});
  };
  navigator.locks.request(lock, forever).catch(() => {}); // a page that is going away needs none
}

playElsewhere((file, signal) => {
  const { port1, port2 } = new MessageChannel();
  scope.postMessage({ type: 'play', file, port: port2 }, [port2]);
  return playerBehind(port1, signal);
});

scope.onmessage = ({ data }) => {
  if (data.type === 'watch') keepLock(data.lock);
  else if (data.type === 'serve') tabs = new TabServer(served, data);
  else if (data.type === 'pause') pause(data.paused);
  else if (data.type === 'load') void own.run(data.call, (signal) => load(data, signal));
  else own.hear(data);
};
