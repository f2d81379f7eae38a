// What a page with WebGPU is told that it can do, and the same page without it.

import { afterEach, expect, test } from 'vitest';
import { checkSupport } from '../../src/index.ts';

afterEach(() => {
  Reflect.deleteProperty(navigator, 'gpu'); // the browser's own is in the prototype
});

test('a page is told its adapter, limits, room and codecs, and asks nobody', async () => {
  performance.clearResourceTimings();
  const support = await checkSupport();
  expect(performance.getEntriesByType('resource')).toEqual([]);
  const { ok, webgpu, platform, storage, video, workers, models } = support;
  expect(ok).toBe(true);
  const adapter = await navigator.gpu.requestAdapter();
  expect(webgpu).toMatchObject({
    available: true,
    f16: adapter?.features.has('shader-f16'),
    limits: { maxBufferSize: adapter?.limits.maxBufferSize },
  });
  expect(platform).toMatchObject({ runtime: 'page', browser: { name: 'chrome' } });
  expect(storage).toMatchObject({
    opfs: true,
    indexedDb: true,
    persisted: await navigator.storage.persisted(),
  });
  expect(storage.quotaBytes).toBeGreaterThan(0);
  expect(video).toMatchObject({ decoder: 'webcodecs', h264: true, vp8: true, vp9: true, av1: true });
  expect(workers).toBe(true);
  expect(models.map(({ model, plan }) => [model, plan.verdict])[0]).toEqual(['shapes', 'fits']);
  expect(structuredClone(support)).toEqual(support);
});

test('without navigator.gpu it says why and what to do', async () => {
  Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true });
  const { ok, message, webgpu, models } = await checkSupport();
  expect({ ok, models }).toEqual({ ok: false, models: [] });
  expect(webgpu).toMatchObject({ available: false, reason: 'no-api' });
  expect(message).toMatch(/no WebGPU.*chrome:\/\/flags/);
});

test("a failure of the browser's own is told as such", async () => {
  const gpu = {
    requestAdapter: () => Promise.reject(new DOMException('the GPU process is gone', 'OperationError')),
  };
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  const { webgpu, message } = await checkSupport();
  expect(webgpu).toMatchObject({ available: false, reason: 'failed' });
  expect(message).toMatch(/failed: the GPU process is gone: update the browser/);
});
