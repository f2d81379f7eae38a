// The worker's side: one engine, told what to do by messages. This file is the entry of the worker.

import type { AskEvent, BranchEvent, Progress, WindowEvent } from '../api.ts';
import { askAll } from '../engine/branches/ask-all.ts';
import { Engine } from '../engine/engine.ts';
import { askMany } from '../engine/packing/ask-many.ts';
import { invariant } from '../errors.ts';
import { portableError, type FromWorker, type ToWorker } from './protocol.ts';

const scope: {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
} = globalThis as never;

let engine: Engine | null = null;
const running = new Map<number, AbortController>();
/** Questions of a call that were cancelled alone. */
const cancelled = new Map<number, Set<number>>();

async function load(
  { call, source, settings }: Extract<ToWorker, { type: 'load' }>,
  signal: AbortSignal,
): Promise<void> {
  engine = await Engine.load(source, {
    ...settings,
    signal,
    onProgress: (progress) => scope.postMessage({ type: 'progress', call, progress }),
  });
  scope.postMessage({ type: 'loaded', call, info: engine.info });
}

async function answer(
  { call, conversation, request }: Extract<ToWorker, { type: 'ask' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'a question before the model is loaded');
  const said = await engine.ask(
    conversation,
    request,
    (event) => scope.postMessage({ type: 'event', call, event }),
    signal,
  );
  scope.postMessage({ type: 'answered', call, said });
}

function listenerOf(call: number) {
  return {
    emit: (event: BranchEvent) => scope.postMessage({ type: 'branch-event', call, event }),
    isCancelled: (row: number) => cancelled.get(call)?.has(row) ?? false,
  };
}

async function answerAll(
  { call, request }: Extract<ToWorker, { type: 'ask-all' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'a question before the model is loaded');
  await askAll(engine, request, listenerOf(call), signal);
  scope.postMessage({ type: 'all-answered', call });
}

async function answerMany(
  { call, request }: Extract<ToWorker, { type: 'ask-many' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'a question before the model is loaded');
  const listener = {
    ...listenerOf(call),
    failed: (branch: number, error: unknown) =>
      scope.postMessage({ type: 'branch-failed', call, branch, error: portableError(error) }),
  };
  await askMany(engine, request, listener, signal);
  scope.postMessage({ type: 'all-answered', call });
}

async function clone(
  { call, conversation, copy }: Extract<ToWorker, { type: 'clone' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'a conversation before the model is loaded');
  await engine.clone(conversation, copy, signal);
  scope.postMessage({ type: 'cloned', call });
}

async function save(
  { call, conversation }: Extract<ToWorker, { type: 'save' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'a conversation before the model is loaded');
  scope.postMessage({ type: 'saved', call, saved: await engine.save(conversation, signal) });
}

async function restore(
  { call, conversation, request }: Extract<ToWorker, { type: 'restore' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'a conversation before the model is loaded');
  const onProgress = (progress: Progress) => scope.postMessage({ type: 'progress', call, progress });
  await engine.restore(conversation, request, onProgress, signal);
  scope.postMessage({ type: 'restored', call });
}

async function score(
  { call, request, scoring }: Extract<ToWorker, { type: 'score' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'an answer to score before the model is loaded');
  const emit = (event: AskEvent) => scope.postMessage({ type: 'event', call, event });
  scope.postMessage({ type: 'scored', call, score: await engine.score(request, scoring, emit, signal) });
}

async function windows(
  { call, request, walk }: Extract<ToWorker, { type: 'windows' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'a video to walk before the model is loaded');
  const emit = (event: WindowEvent) => scope.postMessage({ type: 'window-event', call, event });
  await engine.windows(request, walk, emit, signal);
  scope.postMessage({ type: 'walked', call });
}

async function plan(
  { call, request }: Extract<ToWorker, { type: 'plan' }>,
  signal: AbortSignal,
): Promise<void> {
  invariant(engine, 'a question to plan before the model is loaded');
  scope.postMessage({ type: 'planned', call, plan: await engine.plan(request, signal) });
}

/** Takes a lock for as long as this worker lives. */
function keepLock(lock: string): void {
  const forever = () => {
    scope.postMessage({ type: 'watched', lock });
    return new Promise<never>(() => {});
  };
  navigator.locks.request(lock, forever).catch(() => {}); // a page that is going away needs none
}

async function run(call: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  running.set(call, controller);
  try {
    await work(controller.signal);
  } catch (error) {
    scope.postMessage({ type: 'failed', call, error: portableError(error) });
  } finally {
    running.delete(call);
    cancelled.delete(call);
  }
}

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case 'watch':
      keepLock(data.lock);
      break;
    case 'load':
      void run(data.call, (signal) => load(data, signal));
      break;
    case 'ask':
      void run(data.call, (signal) => answer(data, signal));
      break;
    case 'ask-all':
      cancelled.set(data.call, new Set());
      void run(data.call, (signal) => answerAll(data, signal));
      break;
    case 'ask-many':
      cancelled.set(data.call, new Set());
      void run(data.call, (signal) => answerMany(data, signal));
      break;
    case 'score':
      void run(data.call, (signal) => score(data, signal));
      break;
    case 'windows':
      void run(data.call, (signal) => windows(data, signal));
      break;
    case 'plan':
      void run(data.call, (signal) => plan(data, signal));
      break;
    case 'clone':
      void run(data.call, (signal) => clone(data, signal));
      break;
    case 'save':
      void run(data.call, (signal) => save(data, signal));
      break;
    case 'restore':
      void run(data.call, (signal) => restore(data, signal));
      break;
    case 'cancel':
      running.get(data.call)?.abort();
      break;
    case 'cancel-branch':
      cancelled.get(data.call)?.add(data.branch);
      break;
    case 'forget':
      engine?.forget(data.conversation);
      break;
    case 'drop':
      engine?.drop(data.conversation);
      break;
  }
};
