// A tab's end of a model that the tabs of an origin share. Whichever tab holds the room's lock has the worker, and serves all
// others and itself over channels; when it is gone, the next holder loads the model, and what was asked goes on there.

import type { ModelInfo } from '../../api.ts';
import { invariant, Molmo2Error } from '../../errors.ts';
import type { ModelSource } from '../../weights/source/model-source.ts';
import type { EngineOptions } from '../../engine/load-model.ts';
import { deferred } from '../deferred.ts';
import type { FromWorker } from '../protocol.ts';
import { WorkerWire } from '../worker-wire.ts';
import type { Asked, CallOptions, Told, Wire } from '../wire.ts';
import { failedWorker } from '../blocked-worker.ts';
import { askedAgain } from './asked-again.ts';
import { KeptChats, type MissingChat } from './kept-chats.ts';
import type { RoomMessage, TabMessage, Welcome } from './room.ts';
import { Seat, untilAborted } from './seat.ts';
import { SharedCall } from './shared-call.ts';

/** A question that ends one tab after the other is given up. */
const mostTries = 4;

// A worker that is at work answers within milliseconds. What says nothing for a minute is hung, or its tab was put to sleep.
const tickMs = 10_000;
const mostSilentTicks = 6;

export class SharedWire implements Wire {
  readonly #room: string;
  readonly #source: ModelSource;
  readonly #options: EngineOptions;
  readonly #calls = new Set<SharedCall>();
  readonly #numbered = new Map<number, SharedCall>();
  readonly #chats = new KeptChats();
  readonly #loaded = deferred<void>();
  /** Conversations on their way to the server that there is. */
  readonly #restoring = new Map<number, Promise<void>>();
  #nextNumber = 1;
  #seat: Seat | null = null;
  /** The worker that said last that it serves the room; null where this tab came later. */
  #announced: string | null = null;
  /** The worker that serves this tab; null while there is none. */
  #server: string | null = null;
  #info: ModelInfo | null = null;
  #ended: Error | null = null;
  /** How often nothing was heard between two looks while something was waited for. */
  #silentTicks = 0;
  /** Name of this tab's own server, while it has one. */
  #own: string | null = null;
  readonly #watch: ReturnType<typeof setInterval>;

  constructor(room: string, source: ModelSource, options: EngineOptions) {
    this.#room = room;
    this.#source = source;
    this.#options = options;
    this.#loaded.promise.catch(() => {}); // whoever disposes of it while it loads is told by the signal
    // A page that is kept for going back is asleep: it lets another tab serve, and comes again when it is shown.
    globalThis.addEventListener('pagehide', this.#leave);
    globalThis.addEventListener('pageshow', this.#return);
    this.#watch = setInterval(() => this.#look(), tickMs);
  }

  /** Joins the room; fulfils when a model serves this tab, wherever it is. Rejects as `load` does. */
  load(): Promise<void> {
    this.#join();
    return this.#loaded.promise;
  }

  get info(): ModelInfo {
    invariant(this.#info, 'the model is loaded');
    return this.#info;
  }

  async call<T>(
    asked: Asked,
    hear: (message: FromWorker, resolve: (value: T) => void) => void,
    options: CallOptions = {},
  ): Promise<T> {
    const { signal, signals = [] } = options;
    const lasting = await askedAgain(asked);
    if (this.#ended) throw this.#ended;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = deferred<T>();
    const call = new SharedCall(lasting, options, { hear: (message) => hear(message, resolve), reject });
    const settled = new AbortController();
    const whenAborted = (own: AbortSignal | undefined, stop: () => void) =>
      own?.addEventListener('abort', stop, { once: true, signal: settled.signal });
    whenAborted(signal, () => this.#cancel(call));
    signals.forEach((own, branch) => whenAborted(own, () => this.#cancelBranch(call, branch)));
    this.#calls.add(call);
    void this.#ask(call);
    try {
      return await promise;
    } finally {
      settled.abort();
      call.isSettled = true;
      this.#calls.delete(call);
      this.#numbered.delete(call.number);
    }
  }

  tell(message: Told): void {
    this.#chats.forget(message.conversation);
    if (this.#server !== null) this.#post(message);
  }

  dispose(): void {
    this.#end(new Error('The model was disposed. Load it again.'));
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    globalThis.removeEventListener('pagehide', this.#leave);
    globalThis.removeEventListener('pageshow', this.#return);
    clearInterval(this.#watch);
    this.#leave();
    this.#loaded.reject(error);
    for (const call of this.#calls) call.fail(error);
  }

  #join(): void {
    this.#seat = new Seat(this.#room, {
      hearRoom: (message) => this.#hearRoom(message),
      hearServer: (server, message) => this.#hear(server, message),
      serve: (over) => this.#serve(over),
    });
  }

  readonly #leave = (): void => {
    if (this.#server !== null) this.#post({ type: 'bye' });
    this.#lose();
    this.#announced = null;
    this.#seat?.leave();
    this.#seat = null;
  };

  readonly #return = (): void => {
    if (!this.#seat && !this.#ended) this.#join();
  };

  /** Has the worker until it ends or it is another's turn. */
  async #serve(over: AbortSignal): Promise<void> {
    let wire: WorkerWire | null = null;
    try {
      wire = new WorkerWire();
      const name = crypto.randomUUID();
      wire.serve(this.#room, name);
      const { onProgress: _, signal: __, pausing: ___, ...settings } = this.#options;
      const served = wire.load(this.#source, settings).then(() => wire?.ended);
      this.#own = name;
      const error = await Promise.race([served, untilAborted(over)]);
      if (error) this.#end(error);
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#own = null;
      wire?.dispose();
    }
  }

  /** Looks whether what is waited for can still come. */
  #look(): void {
    const isWaiting = this.#calls.size > 0 || !this.#info;
    this.#silentTicks = isWaiting ? this.#silentTicks + 1 : 0;
    if (!this.#seat || !isWaiting) return;
    if (this.#silentTicks <= mostSilentTicks) return this.#seat.hello();
    if (this.#own !== null) return this.#end(failedWorker('it said nothing for a minute'));
    this.#silentTicks = 0;
    this.#seat.takeOver();
  }

  #hearRoom(message: RoomMessage): void {
    if (message.type === 'hello') return;
    this.#silentTicks = 0;
    if (message.type === 'serving') {
      this.#announced = message.server;
      this.#lose(); // whoever served before is gone
      this.#seat?.hello();
    } else if (!this.#info) this.#options.onProgress?.(message.progress);
  }

  #hear(from: string, message: FromWorker | Welcome): void {
    if (from !== (this.#announced ?? from)) return; // one that woke up too late
    this.#silentTicks = 0;
    if (message.type === 'welcome') this.#settleAt(from, message.info);
    else if (from === this.#server && 'call' in message) {
      const call = this.#numbered.get(message.call);
      if (!call) return;
      // Another tab's server without a GPU gives its place up, perhaps to this tab; what was asked of it is asked again at the next.
      if (message.type === 'failed' && message.error.code === 'device-lost' && from !== this.#own) return;
      this.#chats.note(call.asked, message, from);
      try {
        call.hear(message);
      } catch (error) {
        this.#post({ type: 'cancel', call: call.number });
        call.fail(error);
      }
    }
  }

  /** The server is gone, and with it what it was asked. */
  #lose(): void {
    this.#server = null;
    this.#restoring.clear();
    for (const call of this.#numbered.values())
      if (!this.#calls.has(call)) call.fail(new Error('The tab that served is gone.'));
    this.#numbered.clear();
  }

  /** A server is there: everything that was asked and not answered is asked of it. */
  #settleAt(server: string, info: ModelInfo): void {
    if (server === this.#server) return;
    this.#server = server;
    this.#info ??= info;
    this.#loaded.resolve();
    for (const call of this.#calls) void this.#ask(call);
  }

  /** Asks at the server that there is; without one it is asked when one comes. */
  async #ask(call: SharedCall): Promise<void> {
    const server = this.#server;
    if (server === null || call.isSettled) return;
    const { signal, signals = [] } = call.options;
    if (signal?.aborted) return call.fail(signal.reason);
    if (call.tries === mostTries)
      return call.fail(
        new Molmo2Error(
          'worker-failed',
          `The tab that computed was gone ${mostTries} times while it answered this question, so it was given up. Load the model without "share" to ask it.`,
        ),
      );
    this.#numbered.delete(call.number);
    call.begin(this.#nextNumber++);
    const { number } = call;
    try {
      const missing = this.#chats.missing(call.asked, server);
      if (missing) await (this.#restoring.get(missing.conversation) ?? this.#restore(missing, server));
    } catch (error) {
      if (this.#server === server) call.fail(error);
      return;
    }
    if (this.#server !== server || call.isSettled) return;
    if (signal?.aborted) return call.fail(signal.reason);
    if (call.tries > 1) call.tellMoved();
    this.#numbered.set(number, call);
    try {
      this.#post({ ...call.asked, call: number });
    } catch (error) {
      return call.fail(error); // something in it that cannot cross
    }
    signals.forEach((own, branch) => {
      if (own?.aborted) this.#cancelBranch(call, branch);
    });
  }

  /** Brings a conversation to a server that does not know it. */
  #restore({ conversation, request }: MissingChat, server: string): Promise<void> {
    const { promise, resolve, reject } = deferred<void>();
    const hear = (message: FromWorker) => {
      if (message.type === 'restored') resolve();
    };
    const asked = { type: 'restore', conversation, request } as const;
    const call = new SharedCall(asked, {}, { hear, reject });
    call.begin(this.#nextNumber++);
    this.#numbered.set(call.number, call);
    this.#post({ ...asked, call: call.number });
    const done = promise.then(() => this.#chats.restored(conversation, server));
    this.#restoring.set(conversation, done);
    return done.finally(() => {
      this.#numbered.delete(call.number);
      if (this.#restoring.get(conversation) === done) this.#restoring.delete(conversation);
    });
  }

  #cancel(call: SharedCall): void {
    if (this.#server !== null && this.#numbered.has(call.number))
      this.#post({ type: 'cancel', call: call.number });
    else call.fail(call.options.signal?.reason);
  }

  #cancelBranch(call: SharedCall, branch: number): void {
    if (this.#server !== null && this.#numbered.has(call.number))
      this.#post({ type: 'cancel-branch', call: call.number, branch });
  }

  #post(message: Extract<TabMessage, { readonly to: string }>['message']): void {
    if (this.#server !== null) this.#seat?.post(this.#server, message);
  }
}
