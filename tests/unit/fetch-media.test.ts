// Pictures and videos from servers that fall silent.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { fetchMedia } from '../../src/media/fetch-media.ts';

const silenceMs = 150;
/** The limit for an answer that takes longer as a whole. */
const slowMs = 900;
let server: Server;
let base: string;
const open = new Set<ServerResponse>();
const get = (path: string, signal?: AbortSignal) =>
  fetchMedia(`${base}${path}`, 'The video', signal, silenceMs);

async function failure(path: string): Promise<Molmo2Error> {
  const error: unknown = await get(path).catch((cause: unknown) => cause);
  if (!(error instanceof Molmo2Error)) throw new Error(`expected a Molmo2Error, got ${String(error)}`);
  expect(error.code).toBe('network');
  return error;
}

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    if (url === '/silent') return;
    if (url === '/missing') {
      response.writeHead(404).write('wait');
      return;
    }
    response.writeHead(200, { 'Content-Type': 'video/mp4' });
    if (url === '/later') setTimeout(() => response.end('later'), silenceMs / 2);
    else if (url === '/headers') response.flushHeaders();
    else if (url === '/stops') response.write(Buffer.alloc(1000, 7));
    else if (url === '/large') response.end(Buffer.alloc(40_000_000, 7));
    else {
      let pieces = 0;
      const timer = setInterval(() => {
        response.write(Buffer.alloc(10, pieces));
        if (++pieces < 8) return;
        clearInterval(timer);
        response.end();
      }, slowMs / 6);
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  ['/silent', /fell silent \(it did not answer for 0\.15 s\).*ask again/],
  ['/headers', /fell silent \(it sent 0 bytes and then nothing for 0\.15 s\)/],
  ['/stops', /fell silent \(it sent 1000 bytes and then nothing for 0\.15 s\)/],
])('%s: one error that says what was waited for, and the connection is given up', async (path, message) => {
  const start = performance.now();
  expect((await failure(path)).message).toMatch(message);
  expect(performance.now() - start).toBeGreaterThan(silenceMs - 20);
  await expect.poll(() => open.size).toBe(0);
});

test('a slow server that goes on is waited for', async () => {
  const blob = await fetchMedia(`${base}/slow`, 'The video', undefined, slowMs);
  expect([blob.size, blob.type]).toEqual([80, 'video/mp4']);
  expect([...new Uint8Array(await blob.arrayBuffer())].filter((_, i) => i % 10 === 9)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7,
  ]);
});

test('time in which the machine slept is no silence', async () => {
  const file = get('/later');
  await expect.poll(() => open.size, { interval: 1 }).toBe(1);
  const start = performance.now();
  while (performance.now() - start < 2 * silenceMs); // nothing runs, as in a laptop whose lid is closed
  expect(await (await file).text()).toBe('later');
});

test('a large file comes whole', async () => {
  const bytes = new Uint8Array(await (await fetchMedia(`${base}/large`, 'The video')).arrayBuffer());
  expect(bytes.length).toBe(40_000_000);
  expect(bytes.every((byte) => byte === 7)).toBe(true);
});

test('a refusal is told at once, and what follows it is not waited for', async () => {
  expect((await failure('/missing')).message).toMatch(/answered 404/);
  await expect.poll(() => open.size).toBe(0);
});

test('cancelling while the server is silent throws the reason', async () => {
  const reason = new Error('changed my mind');
  const controller = new AbortController();
  const pending = get('/stops', controller.signal);
  setTimeout(() => controller.abort(reason), 30);
  await expect(pending).rejects.toBe(reason);
  await expect(get('/slow', AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('a data: URL needs no server', async () => {
  expect(await (await fetchMedia('data:text/plain,abc', 'The image')).text()).toBe('abc');
});
