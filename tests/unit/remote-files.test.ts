// Checkpoint files behind URLs, on servers with habits of their own.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { remoteFiles } from '../../src/weights/fetch/remote-files.ts';

let server: Server;
let files: ReturnType<typeof remoteFiles>;
const bytes = Buffer.from('0123456789');

beforeAll(async () => {
  server = createServer((incoming, response) => {
    const { pathname, search } = new URL(incoming.url ?? '', 'http://localhost');
    const range = /bytes=(\d+)-(\d+)/.exec(incoming.headers.range ?? '');
    if (pathname === '/whole.bin') response.end(bytes);
    else if (pathname === '/part.bin' && range)
      response.writeHead(206).end(bytes.subarray(Number(range[1]), Number(range[2]) + 1));
    else if (pathname === '/cut.bin') {
      response.writeHead(200, { 'Content-Length': '100' }).write('0123');
      setTimeout(() => response.destroy(), 20);
    } else if (pathname === '/refused.json')
      response.writeHead(403, { 'Content-Type': 'text/html' }).end('<!doctype html>');
    else
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(`<!doctype html>${search}`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  files = remoteFiles('m', (name) => `http://127.0.0.1:${port}/${name}`);
});
afterAll(() => server.close());

const text = (data: Uint8Array) => new TextDecoder().decode(data);

test.each(['whole.bin', 'part.bin'])('a range of %s is these bytes', async (name) => {
  expect(text(await files.readRange(name, 2, 5))).toBe('234');
  expect(text(await files.readRange(name, 5, 8))).toBe('567');
});

// As Chromium does; tests/package/extension.ts asks it.
test('an extension sends a part without saying so', async () => {
  vi.stubGlobal('fetch', async (url: string, { headers }: { headers: Record<string, string> }) => {
    const [, start = 0, end = 0] = (/bytes=(\d+)-(\d+)/.exec(headers['Range'] ?? '') ?? []).map(Number);
    const response = new Response(bytes.subarray(start, end + 1));
    return Object.defineProperty(response, 'url', { value: url });
  });
  try {
    const inside = remoteFiles('m', (name) => `chrome-extension://abc/${name}`);
    expect(text(await inside.readRange('a.bin', 0, 3))).toBe('012');
    expect(text(await inside.readRange('a.bin', 5, 8))).toBe('567');
    expect(text(await inside.readRange('a.bin', 8, 20))).toBe('89');
    expect(text(await inside.readRange('a.bin', 0, 20))).toBe('0123456789');
  } finally {
    vi.unstubAllGlobals();
  }
});

test.each([
  'data:application/json;base64,eyJhIjoiw6QifQ==',
  'data:application/json,%7B%22a%22:%22%C3%A4%22%7D',
])('%s is read without a request', async (url) => {
  const inside = remoteFiles('m', () => url);
  expect(text((await inside.read('a.json')) ?? new Uint8Array())).toBe('{"a":"ä"}');
  expect(text(await inside.readRange('a.json', 1, 4))).toBe('"a"');
});

test('a page in place of a missing file is a missing file', async () => {
  expect(await files.read('model.safetensors.index.json')).toBeNull();
  await expect(files.readRange('model.safetensors', 0, 8)).rejects.toMatchObject({
    code: 'bad-checkpoint',
    message: expect.stringContaining('m has no model.safetensors'),
  });
});

test.each([
  ['a connection that breaks off', 'cut.bin', /cut.bin of m could not be fetched/],
  ['a refusal', 'refused.json', /the server answered 403/],
])('%s is an error of the network', async (_, name, message) => {
  await expect(files.read(name)).rejects.toMatchObject({
    code: 'network',
    message: expect.stringMatching(message),
  });
});
