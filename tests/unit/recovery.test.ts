import { describe, expect, test } from 'vitest';
import type { AskEvent } from '../../src/api.ts';
import { couldBeLoss, Losses, whenAdapterReturns } from '../../src/engine/recovery/losses.ts';
import { lossNotice } from '../../src/engine/recovery/notices.ts';
import { Told, ToldTokens } from '../../src/engine/recovery/told.ts';
import { Molmo2Error } from '../../src/errors.ts';

describe('losses', () => {
  test('the third within a minute is one too many', () => {
    let nowMs = 0;
    const losses = new Losses(() => nowMs);
    losses.add('first');
    nowMs = 59_000;
    losses.add('second');
    nowMs = 60_000; // the first is a minute old
    losses.add('third');
    nowMs = 61_000;
    expect(() => losses.add('reset')).toThrow(
      /3 times within a minute \(the last time: reset\).*Load the model again/,
    );
  });

  test.each([
    [new Molmo2Error('device-lost', ''), true],
    [new Molmo2Error('media-unreadable', ''), true], // a decoder goes with the device
    [new DOMException('mapping', 'AbortError'), true],
    [new Error('molmo2-webgpu bug: a buffer that is gone'), true],
    [new Molmo2Error('bad-request', ''), false],
    [new RangeError('an option'), false],
  ])('%s may come of one: %s', (error, may) => expect(couldBeLoss(error)).toBe(may));
});

describe('an adapter that comes back', () => {
  const never = new AbortController().signal;
  const without = () => Promise.reject(new Molmo2Error('no-webgpu', 'no adapter'));

  test('is waited for', async () => {
    let tries = 0;
    const open = () => ((tries += 1) < 3 ? without() : Promise.resolve('model'));
    expect(await whenAdapterReturns(open, 'reset', never, [0, 1, 1, 1])).toBe('model');
    expect(tries).toBe(3);
  });

  test('is given up after some tries', async () => {
    const failed = whenAdapterReturns(without, 'reset', never, [0, 1]);
    await expect(failed).rejects.toMatchObject({ code: 'device-lost', cause: { code: 'no-webgpu' } });
    await expect(failed).rejects.toThrow(/\(reset\), and none came back.*Load the model again later/);
  });

  test('is not waited for where something else is wrong, or nobody wants it any more', async () => {
    const gone = () => Promise.reject(new Molmo2Error('network', 'gone'));
    await expect(whenAdapterReturns(gone, 'reset', never, [0, 1])).rejects.toMatchObject({ code: 'network' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('disposed')), 5);
    await expect(whenAdapterReturns(without, 'reset', stop.signal, [0, 60_000])).rejects.toThrow('disposed');
  });
});

describe('what was told', () => {
  test('tokens are told once, and chosen again', () => {
    const tokens = new ToldTokens();
    const told: number[] = [];
    const take = (id: number) =>
      tokens.take(id, () => {
        if (!tokens.isMuted) told.push(id);
      });
    tokens.begin();
    expect(tokens.again).toEqual([]);
    [5, 6].forEach(take);
    tokens.begin();
    expect(tokens.again).toEqual([5, 6]);
    take(5); // and lost once more
    tokens.begin();
    [5, 6, 7].forEach(take);
    expect(told).toEqual([5, 6, 7]);
    expect(tokens.isMuted).toBe(false);
  });

  test('media and what was taken back come once, a loss each time', () => {
    const events: AskEvent[] = [];
    const told = new Told((event) => events.push(event));
    const media: AskEvent = {
      type: 'media',
      media: { kind: 'none', sizes: [], timestamps: [], durationSec: null },
      continues: false,
    };
    const fit: AskEvent = { type: 'notice', reason: 'fit', message: 'fewer frames', steps: [] };
    const loss = lossNotice({ reason: 'reset', elapsedMs: 1234 });
    for (const event of [media, fit]) told.emit(event);
    expect(told.knowsOfLoss).toBe(false);
    for (const event of [loss, media, fit, loss, media]) told.emit(event);
    expect(told.knowsOfLoss).toBe(true);
    expect(events).toEqual([media, fit, loss, loss]);
    expect(loss.message).toContain('(reset). The model was loaded again in 1.2 s');
  });
});
