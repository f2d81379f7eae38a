// The token of a hub stays at the hub: servers of several origins that send a request from one to the other.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { hubAddress, openHub, type Hub } from '../../src/weights/fetch/hub.ts';
import { remoteFiles } from '../../src/weights/fetch/remote-files.ts';

interface Seen {
  readonly host: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly referer: string | undefined;
}

const body = Buffer.from('{"a":1}');
const servers: Server[] = [];
let seen: Seen[] = [];
/** What a path answers with: where to go next, or the file. */
let next: (path: string, host: string) => string | null = () => null;
let [hub, store, third] = ['', '', ''];
let headers: Record<string, string> = {};

async function serve(): Promise<string> {
  const server = createServer((request, response) => {
    const { authorization, referer, host = '' } = request.headers;
    const path = request.url ?? '';
    seen.push({ host, path, authorization, referer });
    const location = next(path, host);
    if (location !== null) return void response.writeHead(302, { ...headers, Location: location }).end();
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    if (!range) return void response.writeHead(200, headers).end(body);
    const part = body.subarray(Number(range[1]), Number(range[2]) + 1);
    const contentRange = `bytes ${range[1]}-${Number(range[1]) + part.length - 1}/${body.length}`;
    response.writeHead(206, { ...headers, 'Content-Range': contentRange }).end(part);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  [hub, store, third] = [await serve(), await serve(), await serve()];
});
afterAll(() => servers.forEach((server) => server.close()));
afterEach(() => vi.unstubAllGlobals());
beforeEach(() => {
  seen = [];
  next = () => null;
  headers = {};
});

const token = 'secret-token';
function open(): Hub {
  const address = hubAddress('hf:a/b', { endpoint: hub, token });
  if (!address) throw new Error('no address');
  return openHub(address, { policy: { failures: 1, sleep: async () => {} } });
}

/** Hosts that saw the token, and all hosts, in the order in which they were asked. */
const hosts = () => ({
  all: seen.map(({ host }) => host),
  told: [...new Set(seen.filter(({ authorization }) => authorization !== undefined).map(({ host }) => host))],
});
const hostOf = (origin: string) => new URL(origin).host;

/** Reads a small file whole and a part of a large one, twice: the second time the store's address is known. */
async function readAll(): Promise<void> {
  const files = open();
  expect(Buffer.from((await files.read('config.json'))!)).toEqual(body);
  for (let i = 0; i < 2; i++) expect(await files.readRange('model.safetensors', 0, 3)).toHaveLength(3);
}

describe('a redirect', () => {
  test('within the hub takes the token along', async () => {
    next = (path) => (path.startsWith('/a/b/resolve') ? '/api/files' : null);
    await readAll();
    expect(hosts().told).toEqual([hostOf(hub)]);
    expect(seen.every(({ authorization }) => authorization === `Bearer ${token}`)).toBe(true);
  });

  test.each([
    ['to another port', () => `${store}/x`],
    ['to another name of the same machine', () => `${hub.replace('127.0.0.1', 'localhost')}/x`],
    ['to an address with a name and a password of its own', () => `${store.replace('//', '//user:word@')}/x`],
    ['without a scheme', () => `//${hostOf(store)}/x`],
  ])('%s leaves the token behind', async (_, target) => {
    next = (path, host) => (path.startsWith('/a/b/resolve') && host === hostOf(hub) ? target() : null);
    await readAll().catch(() => {}); // some are refused by fetch itself
    expect(seen.length).toBeGreaterThan(0);
    expect(hosts().told).toEqual([hostOf(hub)]);
    const away = seen.filter(({ host }) => host !== hostOf(hub));
    expect(away.map(({ authorization }) => authorization ?? null)).toEqual(away.map(() => null));
    expect(seen.map(({ referer }) => referer ?? null)).toEqual(seen.map(() => null));
  });

  test('to a store that sends on to a third, and back to the hub, takes it to neither', async () => {
    next = (path, host) => {
      if (host === hostOf(store)) return `${third}/y`;
      if (host === hostOf(third)) return `${hub}/z`;
      return path.startsWith('/a/b/resolve') ? `${store}/x` : null;
    };
    await readAll();
    expect(hosts().all).toEqual(expect.arrayContaining([hostOf(store), hostOf(third)]));
    expect(hosts().told).toEqual([hostOf(hub)]);
    // Whoever sends a request to the hub has not become the hub's user.
    expect(seen.filter(({ path }) => path === '/z').map(({ authorization }) => authorization)).not.toContain(
      `Bearer ${token}`,
    );
  });

  test.each(['file:///etc/hostname', 'data:application/json,{}', 'ftp://127.0.0.1/x'])(
    'to %s is no answer',
    async (target) => {
      next = () => target;
      await expect(open().read('config.json')).rejects.toMatchObject({ code: 'network' });
    },
  );

  test('that goes on without an end is no answer', async () => {
    next = () => `${hub}/round`;
    await expect(open().read('config.json')).rejects.toMatchObject({ code: 'network' });
    expect(seen.length).toBeLessThan(100);
  });
});

test('a browser that would take the token along is not given it', async () => {
  const chromium = (version: string) => ({ userAgentData: { brands: [{ brand: 'Chromium', version }] } });
  vi.stubGlobal('navigator', chromium('118'));
  expect(open).toThrow(/^hub: \{ token \} is not sent: Chromium 118 would take it along .+ Update the browser \(119 or later\)/);
  vi.stubGlobal('navigator', chromium('119'));
  expect(Buffer.from((await open().read('config.json'))!)).toEqual(body);
}); // prettier-ignore

test('a store cannot say of which commit other files are read', async () => {
  headers = { 'X-Repo-Commit': 'e'.repeat(40) };
  next = (path) => (path.startsWith('/a/b/resolve') ? `${store}/x` : null);
  const files = open();
  await files.readRange('model.safetensors', 0, 3);
  expect(files.address().revision).toBe('main');
});

test('the query of a signed address goes to no other origin', async () => {
  const files = remoteFiles('m', (name) => `${hub}/${name}?signature=secret`);
  next = (_, host) => (host === hostOf(hub) ? `${store}/x` : null);
  expect(Buffer.from((await files.read('config.json'))!)).toEqual(body);
  expect(seen.at(-1)).toEqual({
    host: hostOf(store),
    path: '/x',
    authorization: undefined,
    referer: undefined,
  });
});
