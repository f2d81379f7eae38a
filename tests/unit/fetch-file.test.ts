// Small files from a server that is slow to give them.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchFile } from '../../src/weights/fetch/fetch-file.ts';
import { defaultPolicy } from '../../src/weights/fetch/retry.ts';

let server: Server;
let base: string;
let requests = 0;
const waits: number[] = [];
const policy = {
  ...defaultPolicy,
  failures: 3,
  stallMs: 100,
  random: () => 1,
  sleep: async (ms: number) => void waits.push(ms),
};
const never = new AbortController().signal;
const patient = { ...policy, stallMs: 60_000 }; // where the machine, not the server, may be silent for a moment
const get = (path: string, how = policy) => fetchFile(`${base}${path}`, 'config.json', 'm', never, how);
const long = Buffer.alloc(200_000, 7);

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    requests++;
    if (url === '/busy' && requests < 3) response.writeHead(503, { 'Retry-After': '2' }).end();
    else if (url === '/cut' && requests < 3) {
      response.writeHead(200, { 'Content-Length': long.length });
      response.write(long.subarray(0, 100), () => response.destroy());
    } else if (url === '/silent') response.writeHead(200).write('{');
    else if (url === '/endless') {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
      };
      response.on('drain', more);
      more();
    } else if (url === '/refused') response.writeHead(401).end();
    else if (url === '/missing') response.writeHead(404).end();
    else response.end(long);
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
beforeEach(() => {
  requests = 0;
  waits.length = 0;
});

test('a file of any length comes whole', async () => {
  expect(Buffer.compare((await get('/file')) ?? Buffer.alloc(0), long)).toBe(0);
});

test('a busy server is asked again when it says', async () => {
  expect(await get('/busy')).toHaveLength(200_000);
  expect(waits).toEqual([2000, 2000]);
});

test('a cut connection begins again', async () => {
  expect(await get('/cut')).toHaveLength(200_000);
  expect(waits).toEqual([500, 1000]);
});

test('silence ends in an error of the network after four attempts', async () => {
  await expect(get('/silent')).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining(
      'config.json of m could not be fetched (Error: no bytes for 0.1 seconds)',
    ),
  });
  expect(requests).toBe(4);
});

test('an endless file is refused', async () => {
  await expect(get('/endless', patient)).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining('config.json of m has more than 68 MB'),
  });
});

test('a missing file is null, and a refusal is not asked again', async () => {
  expect(await get('/missing', patient)).toBeNull();
  await expect(get('/refused', patient)).rejects.toMatchObject({ code: 'network' });
  expect(requests).toBe(2);
});

test('an abort ends the wait with its own reason', async () => {
  const controller = new AbortController();
  const file = fetchFile(`${base}/silent`, 'config.json', 'm', controller.signal, patient);
  setTimeout(() => controller.abort(new Error('enough')), 50);
  await expect(file).rejects.toThrow('enough');
});
