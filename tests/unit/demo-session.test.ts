// What the page holds on to while another model is loaded. The engine is played: only who is let go when matters here.

import { beforeEach, expect, test, vi } from 'vitest';
import { builtIn, Session, type SessionLoad } from '../../demo/session.ts';
import { Molmo2, Molmo2Error, type LoadOptions } from '../../src/index.ts';

const events: string[] = [];
let load: (options: LoadOptions) => Promise<void>;

beforeEach(() => {
  events.length = 0;
  load = async () => {};
  vi.spyOn(Molmo2, 'load').mockImplementation(async (options = {}) => {
    const name = typeof options.model === 'string' ? options.model : 'another';
    events.push(`load ${name}`);
    await load(options);
    return Object.assign(Object.create(Molmo2.prototype) as Molmo2, {
      dispose: () => events.push(`dispose ${name}`),
    });
  });
});

function loading(signal: AbortSignal): SessionLoad {
  return { onProgress: () => {}, signal, whenFree: async (work) => work() };
}
const never = loading(new AbortController().signal);
const first = { model: 'first', weights: 'q4' } as const;
const second = { model: 'second', weights: 'q8' } as const;

test('the model before is let go when the new one is there', async () => {
  const session = new Session();
  await session.load(first, never);
  await session.load(second, never);
  expect(events).toEqual(['load first', 'load second', 'dispose first']);
  expect(session.choice).toBe(second);
});

test('the model before stays when the load fails or is cancelled', async () => {
  const session = new Session();
  await session.load(first, never);
  load = () => Promise.reject(new Molmo2Error('network', 'The hub is away.'));
  await expect(session.load(second, never)).rejects.toThrow('away');
  load = (options) => Promise.reject(options.signal?.reason);
  const cancelled = AbortSignal.abort(new Error('cancelled'));
  await expect(session.load(second, loading(cancelled))).rejects.toThrow('cancelled');
  expect(events).toEqual(['load first', 'load second', 'load second']);
  expect(session.choice).toBe(first);
});

test('a model that arrives after the cancelling is let go', async () => {
  const session = new Session();
  await session.load(first, never);
  const abort = new AbortController();
  load = async () => abort.abort(new Error('cancelled'));
  await expect(session.load(second, loading(abort.signal))).rejects.toThrow('cancelled');
  expect(events).toEqual(['load first', 'load second', 'dispose second']);
  expect(session.choice).toBe(first);
});

test('where two do not fit, the model before makes room and the load is tried once more', async () => {
  const session = new Session();
  await session.load(first, never);
  let failures = 0;
  load = async () => {
    if (failures++ === 0) throw new Molmo2Error('out-of-memory', 'Both do not fit.');
  };
  await session.load(second, never);
  expect(events).toEqual(['load first', 'load second', 'dispose first', 'load second']);
  expect(session.choice).toBe(second);
});

test('the built-in model is too small to make room', async () => {
  const session = new Session();
  await session.load(builtIn, never);
  load = () => Promise.reject(new Molmo2Error('out-of-memory', 'It does not fit.'));
  await expect(session.load(second, never)).rejects.toThrow('does not fit');
  expect(events).toEqual(['load shapes', 'load second']);
});
