// The engine's side of one who asks: a page with its worker, or a tab that another one serves.

import type { AskEvent, BranchEvent, Progress, WindowEvent } from '../api.ts';
import { askAll } from '../engine/branches/ask-all.ts';
import type { Engine } from '../engine/engine.ts';
import { askMany } from '../engine/packing/ask-many.ts';
import { invariant } from '../errors.ts';
import { portableError, type FromWorker, type ToHost, type ToWorker } from './protocol.ts';
import type { Turns } from './turns.ts';

/** What all sessions of a worker share. */
export interface Served {
  /** Null until the model is loaded. */
  engine: Engine | null;
  readonly turns: Turns;
  /** How many conversations there were. */
  conversations: number;
  /** Told of every error. */
  readonly failed: (error: unknown) => void;
}

type Call = Extract<ToWorker, { readonly call: number }>;
type Work = (engine: Engine, signal: AbortSignal) => Promise<FromWorker>;

export interface SessionOptions {
  readonly post: (message: FromWorker) => void;
  /** Whether answers come with what their conversation holds, so that it can go on elsewhere. */
  readonly keeps: boolean;
}

export class Session {
  readonly #served: Served;
  readonly #post: (message: FromWorker) => void;
  readonly #keeps: boolean;
  readonly #running = new Map<number, AbortController>();
  /** Questions of a call that were cancelled alone. */
  readonly #cancelled = new Map<number, Set<number>>();
  /** Conversations as this side numbers them, and as the engine does. */
  readonly #conversations = new Map<number, number>();

  constructor(served: Served, { post, keeps }: SessionOptions) {
    this.#served = served;
    this.#post = post;
    this.#keeps = keeps;
  }

  hear(message: Exclude<ToWorker, ToHost>): void {
    switch (message.type) {
      case 'cancel':
        this.#running.get(message.call)?.abort();
        break;
      case 'cancel-branch':
        this.#cancelled.get(message.call)?.add(message.branch);
        break;
      case 'forget':
        this.#served.engine?.forget(this.#numberOf(message.conversation));
        break;
      case 'drop':
        this.#served.engine?.drop(this.#numberOf(message.conversation));
        this.#conversations.delete(message.conversation);
        break;
      case 'windows':
        // Each window has a turn of its own in the engine, so that others are answered between them.
        void this.run(message.call, (signal) => this.#work(message)(this.#engine(), signal));
        break;
      case 'ask':
      case 'ask-all':
      case 'ask-many':
      case 'score':
      case 'plan':
      case 'clone':
      case 'save':
      case 'restore':
        void this.run(message.call, (signal) =>
          this.#served.turns.inTurn(this, () => this.#work(message)(this.#engine(), signal), signal),
        );
    }
  }

  /** Does work under the number of its call: it can be cancelled, and its end is told. */
  async run(call: number, work: (signal: AbortSignal) => Promise<FromWorker>): Promise<void> {
    const controller = new AbortController();
    this.#running.set(call, controller);
    this.#cancelled.set(call, new Set());
    try {
      this.#post(await work(controller.signal));
    } catch (error) {
      this.#post({ type: 'failed', call, error: portableError(error) });
      this.#served.failed(error);
    } finally {
      this.#running.delete(call);
      this.#cancelled.delete(call);
    }
  }

  /** Ends what runs for it and frees its conversations. */
  close(): void {
    for (const controller of this.#running.values()) controller.abort();
    for (const conversation of this.#conversations.values()) this.#served.engine?.drop(conversation);
    this.#conversations.clear();
  }

  #engine(): Engine {
    invariant(this.#served.engine, 'a question before the model is loaded');
    return this.#served.engine;
  }

  #numberOf(conversation: number): number {
    const known = this.#conversations.get(conversation) ?? ++this.#served.conversations;
    this.#conversations.set(conversation, known);
    return known;
  }

  #work(message: Exclude<Call, { readonly type: 'load' | 'cancel' | 'cancel-branch' }>): Work {
    const { call } = message;
    const post = this.#post;
    const emit = (event: AskEvent) => post({ type: 'event', call, event });
    const onProgress = (progress: Progress) => post({ type: 'progress', call, progress });
    switch (message.type) {
      case 'ask':
        return async (engine, signal) => {
          const conversation = this.#numberOf(message.conversation);
          const said = await engine.ask(conversation, message.request, emit, signal);
          const kept = this.#keeps ? await engine.save(conversation) : null;
          return { type: 'answered', call, said, kept };
        };
      case 'ask-all':
        return async (engine, signal) => {
          await askAll(engine, message.request, this.#listener(call), signal);
          return { type: 'all-answered', call };
        };
      case 'ask-many':
        return async (engine, signal) => {
          const failed = (branch: number, error: unknown) =>
            post({ type: 'branch-failed', call, branch, error: portableError(error) });
          const listener = { ...this.#listener(call), failed };
          await askMany(engine, message.request, listener, signal);
          return { type: 'all-answered', call };
        };
      case 'score':
        return async (engine, signal) => {
          return {
            type: 'scored',
            call,
            score: await engine.score(message.request, message.scoring, emit, signal),
          };
        };
      case 'windows':
        return async (engine, signal) => {
          const tell = (event: WindowEvent) => post({ type: 'window-event', call, event });
          await engine.windows(message.request, message.walk, tell, signal);
          return { type: 'walked', call };
        };
      case 'plan':
        return async (engine, signal) => ({
          type: 'planned',
          call,
          plan: await engine.plan(message.request, signal),
        });
      case 'clone':
        return async (engine, signal) => {
          await engine.clone(this.#numberOf(message.conversation), this.#numberOf(message.copy), signal);
          return { type: 'cloned', call };
        };
      case 'save':
        return async (engine, signal) => {
          const saved = await engine.save(this.#numberOf(message.conversation), signal);
          return { type: 'saved', call, saved };
        };
      case 'restore':
        return async (engine, signal) => {
          const conversation = this.#numberOf(message.conversation);
          await engine.restore(conversation, message.request, onProgress, signal);
          return { type: 'restored', call };
        };
    }
  }

  #listener(call: number) {
    return {
      emit: (event: BranchEvent) => this.#post({ type: 'branch-event', call, event }),
      isCancelled: (row: number) => this.#cancelled.get(call)?.has(row) ?? false,
    };
  }
}
