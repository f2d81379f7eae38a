// Firefox looks for finished work every 100 ms unless it is made to look: whoever waits for a token must not notice.

import { settle } from '#gpu/instance';
import { afterAll, expect, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';

const { device } = await openGpu();
afterAll(() => device.destroy());

test('twenty waits, one after the other, take less than ten looks of every 100 ms', async () => {
  const startMs = performance.now();
  for (let i = 0; i < 20; i++) await settle(device.queue.onSubmittedWorkDone());
  expect(performance.now() - startMs).toBeLessThan(1000);
});

test('waits that overlap are all settled, and a wait that fails is told to whoever waits', async () => {
  const waits = Array.from({ length: 5 }, () => settle(device.queue.onSubmittedWorkDone()));
  await expect(settle(Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await Promise.all(waits)).toHaveLength(5);
});
